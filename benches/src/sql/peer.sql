-- As in the closest comparable system: one row per version, each a full copy made from the version before.
CREATE TABLE user_events_rollup (
  id uuid NOT NULL,
  version bigint NOT NULL,
  created_at timestamptz NOT NULL,
  modified_at timestamptz NOT NULL,
  event_type text NOT NULL,
  email text,
  name text,
  active boolean DEFAULT false,
  verified boolean DEFAULT false,
  authentication_id uuid,
  role text,
  suspended_for text,
  logins bigint,
  last_login_at timestamptz,
  points bigint,
  PRIMARY KEY (id, version)
);

CREATE FUNCTION user_events_rollup_row() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  current_row user_events_rollup%ROWTYPE;
  new_row user_events_rollup%ROWTYPE;
BEGIN
  IF NEW.event_type NOT IN ('initialized', 'email_changed', 'authentication_id_updated', 'role_granted',
    'role_revoked', 'verified', 'suspended', 'resumed', 'logged_in', 'points_earned', 'password_reset_requested') THEN
    RAISE EXCEPTION 'Unknown event type: %', NEW.event_type;
  END IF;
  SELECT * INTO current_row FROM user_events_rollup WHERE id = NEW.id AND version = NEW.sequence - 1;
  new_row.id := NEW.id;
  new_row.version := NEW.sequence;
  new_row.created_at := COALESCE(current_row.created_at, NEW.recorded_at);
  new_row.modified_at := NEW.recorded_at;
  new_row.event_type := NEW.event_type;
  IF current_row.id IS NULL THEN
    new_row.email := NEW.event ->> 'email';
    new_row.name := NEW.event ->> 'name';
    new_row.active := true;
    new_row.verified := false;
    new_row.logins := 0;
    new_row.points := 0;
  ELSE
    new_row.email := current_row.email;
    new_row.name := current_row.name;
    new_row.active := current_row.active;
    new_row.verified := current_row.verified;
    new_row.authentication_id := current_row.authentication_id;
    new_row.role := current_row.role;
    new_row.suspended_for := current_row.suspended_for;
    new_row.logins := current_row.logins;
    new_row.last_login_at := current_row.last_login_at;
    new_row.points := current_row.points;
  END IF;
  CASE NEW.event_type
    WHEN 'initialized' THEN
      new_row.email := NEW.event ->> 'email';
      new_row.name := NEW.event ->> 'name';
    WHEN 'email_changed' THEN
      new_row.email := NEW.event ->> 'email';
    WHEN 'authentication_id_updated' THEN
      new_row.authentication_id := (NEW.event ->> 'authentication_id')::uuid;
    WHEN 'role_granted' THEN
      new_row.role := NEW.event ->> 'role';
    WHEN 'role_revoked' THEN
      new_row.role := NULL;
    WHEN 'verified' THEN
      new_row.verified := true;
    WHEN 'suspended' THEN
      new_row.active := false;
      new_row.suspended_for := NEW.event ->> 'reason';
    WHEN 'resumed' THEN
      new_row.active := true;
      new_row.suspended_for := NULL;
    WHEN 'logged_in' THEN
      new_row.logins := new_row.logins + 1;
      new_row.last_login_at := NEW.recorded_at;
    WHEN 'points_earned' THEN
      new_row.points := new_row.points + (NEW.event ->> 'points')::bigint;
    WHEN 'password_reset_requested' THEN
      NULL;
  END CASE;
  INSERT INTO user_events_rollup SELECT new_row.*;
  RETURN NEW;
END
$$;

CREATE TRIGGER user_events_rollup AFTER INSERT ON user_events
  FOR EACH ROW EXECUTE FUNCTION user_events_rollup_row();

-- The best trigger that we could write by hand: one guarded statement per event, which does only what the event needs.
-- It does not check values, and requires the rows of a statement in order.
CREATE FUNCTION user_events_rollup_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.event_type = 'logged_in' THEN
    UPDATE user_events_rollup SET version = NEW.sequence, modified_at = NEW.recorded_at,
      logins = logins + 1, last_login_at = NEW.recorded_at
    WHERE id = NEW.id AND version = NEW.sequence - 1;
  ELSIF NEW.event_type = 'points_earned' THEN
    UPDATE user_events_rollup SET version = NEW.sequence, modified_at = NEW.recorded_at,
      points = points + (NEW.event ->> 'points')::bigint
    WHERE id = NEW.id AND version = NEW.sequence - 1;
  ELSIF NEW.event_type = 'email_changed' THEN
    UPDATE user_events_rollup SET version = NEW.sequence, modified_at = NEW.recorded_at,
      email = NEW.event ->> 'email'
    WHERE id = NEW.id AND version = NEW.sequence - 1;
  ELSIF NEW.event_type = 'authentication_id_updated' THEN
    UPDATE user_events_rollup SET version = NEW.sequence, modified_at = NEW.recorded_at,
      authentication_id = (NEW.event ->> 'authentication_id')::uuid
    WHERE id = NEW.id AND version = NEW.sequence - 1;
  ELSIF NEW.event_type = 'role_granted' THEN
    UPDATE user_events_rollup SET version = NEW.sequence, modified_at = NEW.recorded_at,
      role = NEW.event ->> 'role'
    WHERE id = NEW.id AND version = NEW.sequence - 1;
  ELSIF NEW.event_type = 'role_revoked' THEN
    UPDATE user_events_rollup SET version = NEW.sequence, modified_at = NEW.recorded_at, role = NULL
    WHERE id = NEW.id AND version = NEW.sequence - 1;
  ELSIF NEW.event_type = 'verified' THEN
    UPDATE user_events_rollup SET version = NEW.sequence, modified_at = NEW.recorded_at, verified = true
    WHERE id = NEW.id AND version = NEW.sequence - 1;
  ELSIF NEW.event_type = 'suspended' THEN
    UPDATE user_events_rollup SET version = NEW.sequence, modified_at = NEW.recorded_at,
      active = false, suspended_for = NEW.event ->> 'reason'
    WHERE id = NEW.id AND version = NEW.sequence - 1;
  ELSIF NEW.event_type = 'resumed' THEN
    UPDATE user_events_rollup SET version = NEW.sequence, modified_at = NEW.recorded_at,
      active = true, suspended_for = NULL
    WHERE id = NEW.id AND version = NEW.sequence - 1;
  ELSIF NEW.event_type = 'password_reset_requested' THEN
    UPDATE user_events_rollup SET version = NEW.sequence, modified_at = NEW.recorded_at
    WHERE id = NEW.id AND version = NEW.sequence - 1;
  ELSIF NEW.event_type = 'initialized' AND NEW.sequence = 1 THEN
    INSERT INTO user_events_rollup (id, version, created_at, modified_at, email, name, active, verified, logins, points)
    VALUES (NEW.id, 1, NEW.recorded_at, NEW.recorded_at, NEW.event ->> 'email', NEW.event ->> 'name', true, false, 0, 0);
    RETURN NULL;
  ELSE
    RAISE EXCEPTION 'unknown event %', NEW.event_type;
  END IF;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'event % of % does not follow', NEW.sequence, NEW.id;
  END IF;
  RETURN NULL;
END
$$;

CREATE TRIGGER user_events_rollup AFTER INSERT ON user_events
  FOR EACH ROW EXECUTE FUNCTION user_events_rollup_row();

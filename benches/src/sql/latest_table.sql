-- Like the generated table, for subjects that keep the row by hand.
CREATE TABLE user_events_rollup (
  id uuid PRIMARY KEY,
  version bigint NOT NULL,
  created_at timestamptz NOT NULL,
  modified_at timestamptz NOT NULL,
  email text NOT NULL,
  name text NOT NULL,
  active boolean NOT NULL,
  verified boolean NOT NULL,
  authentication_id uuid,
  role text,
  suspended_for text,
  logins bigint NOT NULL,
  last_login_at timestamptz,
  points bigint NOT NULL
) WITH (fillfactor = 75);

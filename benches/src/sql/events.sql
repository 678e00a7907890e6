CREATE TABLE user_events (
  id uuid NOT NULL,
  sequence integer NOT NULL,
  event_type text NOT NULL,
  event jsonb NOT NULL,
  context jsonb,
  recorded_at timestamptz NOT NULL,
  UNIQUE (id, sequence)
);

-- The events that the loop in the server inserts one by one.
CREATE TABLE staged (
  place bigint PRIMARY KEY,
  id uuid NOT NULL,
  sequence integer NOT NULL,
  event_type text NOT NULL,
  event jsonb NOT NULL,
  recorded_at timestamptz NOT NULL
);

CREATE FUNCTION insert_one_by_one(first bigint, last bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  s record;
BEGIN
  FOR s IN SELECT * FROM staged WHERE place BETWEEN first AND last ORDER BY place LOOP
    INSERT INTO user_events (id, sequence, event_type, event, recorded_at)
    VALUES (s.id, s.sequence, s.event_type, s.event, s.recorded_at);
  END LOOP;
END
$$;

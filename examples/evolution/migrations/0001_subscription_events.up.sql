CREATE TABLE subscription_events (
  id uuid NOT NULL,
  sequence integer NOT NULL,
  event_type text NOT NULL,
  event jsonb NOT NULL,
  context jsonb,
  recorded_at timestamptz NOT NULL,
  UNIQUE (id, sequence)
);

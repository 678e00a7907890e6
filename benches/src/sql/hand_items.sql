-- Carts and their items, kept by the best trigger that we could write by hand. An item can be added, changed and removed
-- in one statement, so items are written event by event; a cart is written once, with its last event. Nothing is checked.
CREATE TABLE user_events_rollup (
  id uuid PRIMARY KEY,
  version bigint NOT NULL,
  created_at timestamptz NOT NULL,
  modified_at timestamptz NOT NULL,
  status text NOT NULL,
  items_ever bigint NOT NULL
) WITH (fillfactor = 75);

CREATE TABLE user_events_rollup_items (
  id uuid NOT NULL,
  item uuid NOT NULL,
  version bigint NOT NULL,
  created_at timestamptz NOT NULL,
  modified_at timestamptz NOT NULL,
  product text NOT NULL,
  price bigint NOT NULL,
  PRIMARY KEY (id, item)
) WITH (fillfactor = 75);

CREATE FUNCTION user_events_rollup_statement() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  e record;
  cart_id uuid;  -- the cart that is not written yet
  cart_version bigint;
  cart_modified_at timestamptz;
  cart_added bigint := 0;
BEGIN
  FOR e IN
    SELECT n.id, n.sequence, n.event_type, n.event, n.recorded_at, (n.event ->> 'item')::uuid AS item
    FROM new_events AS n ORDER BY n.id, n.sequence
  LOOP
    IF e.id <> cart_id THEN
      UPDATE user_events_rollup SET version = cart_version, modified_at = cart_modified_at,
        items_ever = items_ever + cart_added
      WHERE id = cart_id;
      cart_id := NULL;
      cart_added := 0;
    END IF;
    IF e.event_type = 'added' THEN
      INSERT INTO user_events_rollup_items (id, item, version, created_at, modified_at, product, price)
      VALUES (e.id, e.item, e.sequence, e.recorded_at, e.recorded_at, e.event ->> 'product',
        (e.event ->> 'price')::bigint)
      ON CONFLICT (id, item) DO UPDATE SET version = excluded.version, created_at = excluded.created_at,
        modified_at = excluded.modified_at, product = excluded.product, price = excluded.price;
      cart_added := cart_added + 1;
    ELSIF e.event_type = 'repriced' THEN
      UPDATE user_events_rollup_items SET version = e.sequence, modified_at = e.recorded_at,
        price = (e.event ->> 'price')::bigint
      WHERE id = e.id AND item = e.item;
    ELSIF e.event_type = 'removed' THEN
      DELETE FROM user_events_rollup_items WHERE id = e.id AND item = e.item;
    ELSIF e.event_type = 'opened' THEN
      INSERT INTO user_events_rollup (id, version, created_at, modified_at, status, items_ever)
      VALUES (e.id, e.sequence, e.recorded_at, e.recorded_at, 'open', 0);
      CONTINUE;
    END IF;
    cart_id := e.id;
    cart_version := e.sequence;
    cart_modified_at := e.recorded_at;
  END LOOP;
  IF cart_id IS NOT NULL THEN
    UPDATE user_events_rollup SET version = cart_version, modified_at = cart_modified_at,
      items_ever = items_ever + cart_added
    WHERE id = cart_id;
  END IF;
  RETURN NULL;
END
$$;

CREATE TRIGGER user_events_rollup AFTER INSERT ON user_events REFERENCING NEW TABLE AS new_events
  FOR EACH STATEMENT EXECUTE FUNCTION user_events_rollup_statement();

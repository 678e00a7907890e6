//! Enums with views as they are meant to be written.
#![deny(warnings, missing_docs, unused, unused_results, unused_qualifications, clippy::all, clippy::pedantic)]
#![allow(dead_code)]

use es_rollup::{Rollup, Row, Rows, SqlType, TornRead};
use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($id:ident)*) => {$(
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, SqlType)]
        struct $id(uuid::Uuid);
    )*};
}

ids!(TicketId CommentId UserId CartId ItemId ProductId EventId CompanyId GroupId WalletId RoleId SetId);

#[derive(Serialize, Deserialize, Rollup)]
#[serde(tag = "type", rename_all = "snake_case")]
#[rollup(events = "ticket_events", id = TicketId, table = "tickets", event_type = "last_event")]
#[rollup(unique(assigned_to, slot), check(three_open = "slot BETWEEN 1 AND 3"))]
#[rollup(view(comments, key(comment_id), state = Comment))]
enum TicketEvent {
    #[rollup(create, set, set(is_solved = false), context(set = "author", path = "user_id", as = UserId))]
    TicketCreated { title: String, body: String },
    #[rollup(set)]
    TicketAssigned { assigned_to: UserId, slot: i16 },
    #[rollup(set(is_solved = true), at = "solved_at", clear = "slot")]
    TicketSolved,
    #[rollup(set, set(is_solved = false), clear = "solved_at")]
    TicketReopened { slot: Option<i16> },
    #[rollup(count = "comments_ever")]
    #[rollup(comments(create, set, context(set = "author", path = "user_id", as = UserId)))]
    CommentAdded { comment_id: CommentId, text: String },
    #[rollup(comments(set, count = "edits"))]
    CommentEdited { comment_id: CommentId, text: String },
    #[rollup(comments(delete))]
    CommentDeleted { comment_id: CommentId },
}

#[derive(Debug, Serialize, Deserialize, SqlType)]
#[rollup(json)]
struct NewPrice {
    item: ItemId,
    price: i64,
}

#[derive(Serialize, Deserialize, Rollup)]
#[serde(tag = "type", rename_all = "snake_case")]
#[rollup(events = "cart_events", id = CartId, table = "carts")]
#[rollup(view(items, key(item_id), state = CartItem, index(product_id)))]
#[rollup(view(archived, key(price_changed, item_id)))]
enum CartEvent {
    #[rollup(create, set(status = "open"))]
    CartCreated,
    #[rollup(count = "items_ever", items(create, set))]
    ItemAdded {
        item_id: ItemId,
        product_id: ProductId,
        description: String,
        image: String,
        price: i64,
        #[serde(default)]
        fingerprint: String,
    },
    #[rollup(items(delete))]
    ItemRemoved { item_id: ItemId },
    #[rollup(items(remove), archived(create))]
    ItemArchived { item_id: ItemId, price_changed: EventId },
    #[rollup(items(empty))]
    CartCleared,
    ItemsRepriced {
        #[rollup(items(key = "item_id", path = "item", as = ItemId))]
        #[rollup(items(set = "price", path = "price", as = i64))]
        prices: Vec<NewPrice>,
    },
    #[rollup(set(status = "submitted"), at = "submitted_at")]
    CartSubmitted,
    #[rollup(set(status = "published"))]
    CartPublished,
}

#[derive(Serialize, Deserialize, Rollup)]
#[serde(tag = "type", rename_all = "snake_case")]
#[rollup(events = "company_events", id = CompanyId, table = "companies")]
#[rollup(view(users, key(user_id), state = User, unique(id, username)))]
#[rollup(view(groups, key(group_id), state = Group))]
#[rollup(view(members, key(group_id, user_id), state = Member, index(id, user_id)))]
enum CompanyEvent {
    #[rollup(create, set)]
    CompanyFounded { company_name: String },
    #[rollup(users(create, set))]
    UserInserted { user_id: UserId, name: String, username: String },
    #[rollup(users(set, at = "api_key_set_at", count = "api_key_changes"))]
    ApiKeySet { user_id: UserId, api_key: String },
    #[rollup(users(delete), members(empty(user_id)))]
    UserDeleted { user_id: UserId },
    #[rollup(groups(create, set))]
    GroupCreated { group_id: GroupId, name: String },
    #[rollup(groups(delete), members(empty(group_id)))]
    GroupDeleted { group_id: GroupId },
    #[rollup(members(add))]
    UserAddedToGroup { group_id: GroupId, user_id: UserId },
    #[rollup(members(add))]
    UsersAddedToGroup {
        group_id: GroupId,
        #[rollup(members(key = "user_id"))]
        users: Vec<UserId>,
    },
    #[rollup(members(remove))]
    UserRemovedFromGroup { group_id: GroupId, user_id: UserId },
}

#[derive(Serialize, Deserialize, Rollup)]
#[serde(tag = "type", rename_all = "snake_case")]
#[rollup(events = "wallet_events", id = WalletId, table = "wallets")]
#[rollup(event_type = "last_event", check(no_overdraft = "balance >= 0"))]
#[rollup(view(transactions, key(number), state = Transaction, check(positive = "amount > 0")))]
enum WalletEvent {
    #[rollup(create)]
    Opened,
    #[rollup(transactions(create, set, sequence = "number", event_type = "kind"))]
    Credited {
        #[rollup(increment = "balance")]
        amount: i64,
    },
    #[rollup(transactions(create, set, sequence = "number", event_type = "kind"))]
    Debited {
        #[rollup(decrement = "balance")]
        amount: i64,
    },
    #[rollup(count = "rejections", transactions(create, set, sequence = "number", event_type = "kind"))]
    DebitRejected { amount: i64, reason: String },
}

#[derive(Serialize, Deserialize, Rollup)]
#[serde(tag = "type", rename_all = "snake_case")]
#[rollup(events = "core_role_events", id = RoleId)]
#[rollup(view(permission_sets, key(permission_set_id), state = RolePermissionSet, index(permission_set_id)))]
enum RoleEvent {
    #[rollup(create, set, permission_sets(add))]
    Initialized {
        #[rollup(ignore)]
        id: RoleId,
        name: String,
        #[rollup(add = "permissions", permission_sets(key = "permission_set_id"))]
        permission_sets: Vec<SetId>,
    },
    #[rollup(permission_sets(add))]
    PermissionSetAdded {
        #[rollup(add = "permissions")]
        permission_set_id: SetId,
    },
    #[rollup(permission_sets(remove))]
    PermissionSetRemoved {
        #[rollup(remove = "permissions")]
        permission_set_id: SetId,
    },
}

fn cart(rollup: CartRollup, items: Vec<CartItem>) -> Result<CartState, TornRead> {
    CartState::new(rollup, items, Rows::<CartArchivedRow>::new())
}

fn status(cart: &CartState) -> (&str, Option<&CartItem>) {
    (&cart.status, cart.items.values().next())
}

fn key(archived: &CartArchivedRow) -> (EventId, ItemId) {
    archived.key()
}

mod inner {
    /// Events that another crate sees.
    #[derive(Debug, serde::Serialize, serde::Deserialize, es_rollup::Rollup)]
    #[rollup(events = "door_events", id = i64, vis = "pub(super)", derive(Debug, serde::Serialize))]
    #[rollup(view(r#type, key(r#move)), view(last))]
    pub(super) enum DoorEvent {
        #[rollup(r#type(add, set), last(add, set))]
        Moved { r#move: String, r#gen: i64 },
    }
}

fn door(door: &inner::DoorState) -> Option<i64> {
    let last: Option<&inner::DoorLastRow> = door.last.as_ref();
    let rows: &Rows<inner::DoorTypeRow> = &door.r#type;
    rows.get("up").map(|row| row.r#gen).or(last.map(|last| last.r#gen))
}

fn main() {
    assert_eq!(CartItem::TABLE, r#""public"."carts_items""#);
}

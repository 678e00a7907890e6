//! Random events of the shared enums.

use super::case::Subject;
use crate::fixtures::{
    AccountEvent, Cents, Check, ClockEvent, DocumentEvent, Home, LedgerEvent, LedgerRowEvent, MEMBER_CHECKS,
    Member, MemberEvent, Place, ProfileEvent, ProfileId, RoleId, Room, SensorEvent, Status, Tick, UserEvent,
    UserId, foreign,
};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use sqlx::types::Json;
use uuid::Uuid;

fn uuid() -> impl Strategy<Value = Uuid> {
    any::<u128>().prop_map(Uuid::from_u128)
}

/// Text with everything that could break out of a literal, but no NUL, which jsonb refuses.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{0,8}",
        Just("it's \"quoted\" \\ $es_rollup$ $$ \u{1}\u{7f} é 🦀".to_string()),
        any::<String>().prop_map(|text| text.replace('\0', "")),
    ]
}

fn date() -> impl Strategy<Value = NaiveDate> {
    (1..=9999, 1..=366_u32)
        .prop_filter_map("a day of the year", |(year, day)| NaiveDate::from_yo_opt(year, day))
}

/// To the microsecond, which is what PostgreSQL keeps.
fn time() -> impl Strategy<Value = DateTime<Utc>> {
    (-62_135_596_800_000_000..253_402_300_800_000_000_i64)
        .prop_filter_map("a time", DateTime::from_timestamp_micros)
}

fn decimal() -> impl Strategy<Value = Decimal> {
    (any::<i64>(), 0..=28_u32).prop_map(|(digits, scale)| Decimal::new(digits, scale))
}

fn status() -> impl Strategy<Value = Status> {
    prop::sample::select(vec![Status::Open, Status::OnHold, Status::Closed])
}

impl Subject for UserEvent {
    const ID_TYPE: &'static str = "uuid";

    fn id() -> BoxedStrategy<UserId> {
        uuid().prop_map(UserId).boxed()
    }

    fn id_text(id: &UserId) -> String {
        id.0.to_string()
    }

    fn first() -> BoxedStrategy<Self> {
        (uuid(), text()).prop_map(|(id, email)| Self::Initialized { id: UserId(id), email }).boxed()
    }

    fn later() -> BoxedStrategy<Self> {
        prop_oneof![
            uuid().prop_map(|authentication_id| Self::AuthenticationIdUpdated { authentication_id }),
            uuid().prop_map(|role| Self::RoleGranted { role: RoleId(role) }),
            uuid().prop_map(|role| Self::RoleRevoked { role: RoleId(role) }),
            Just(Self::PasswordResetRequested {}),
        ]
        .boxed()
    }

    fn keys() -> &'static [&'static str] {
        // Not the role that a revoke names: nothing reads it.
        &["/email", "/authentication_id", "/type"]
    }

    fn tag() -> Option<&'static str> {
        Some("type")
    }
}

impl Subject for AccountEvent {
    const ID_TYPE: &'static str = "text";

    fn id() -> BoxedStrategy<String> {
        text().boxed()
    }

    fn id_text(id: &String) -> String {
        id.clone()
    }

    fn first() -> BoxedStrategy<Self> {
        prop_oneof![
            (text(), date(), status(), prop::option::of(decimal())).prop_map(
                |(holder_name, opened_on, status, limit)| Self::Opened {
                    holder_name,
                    opened_on,
                    status,
                    limit
                }
            ),
            (text(), date(), status()).prop_map(|(holder_name, opened_on, status)| Self::Imported {
                holder_name,
                opened_on,
                status
            }),
        ]
        .boxed()
    }

    fn later() -> BoxedStrategy<Self> {
        let notes =
            prop::sample::select(vec![json!({"a": [1, null, "x"]}), json!([]), json!("text"), json!(1.5)]);
        prop_oneof![
            prop::option::of(decimal()).prop_map(Self::LimitChanged),
            (status(), text()).prop_map(|(status, because)| Self::StatusChanged { status, because }),
            time().prop_map(Self::Seen),
            (any::<i64>(), notes).prop_map(|(r#type, notes)| Self::Flagged { r#type, notes }),
            Just(Self::Unflagged),
        ]
        .boxed()
    }

    fn keys() -> &'static [&'static str] {
        &[
            "/data/holderName",
            "/data/openedOn",
            "/data/status",
            "/data/limit",
            "/data/to",
            "/data/because",
            "/data/type",
            "/data/notes",
            "/data",
            "/kind",
        ]
    }

    fn tag() -> Option<&'static str> {
        Some("kind")
    }
}

impl Subject for SensorEvent {
    const ID_TYPE: &'static str = "bigint";

    fn id() -> BoxedStrategy<i64> {
        any::<i64>().boxed()
    }

    fn id_text(id: &i64) -> String {
        id.to_string()
    }

    fn first() -> BoxedStrategy<Self> {
        Self::later()
    }

    fn later() -> BoxedStrategy<Self> {
        prop_oneof![
            (any::<Option<i32>>(), any::<bool>())
                .prop_map(|(celsius, active)| Self::Measured { celsius, active }),
            text().prop_map(Self::Renamed),
            Just(Self::Reset),
            (any::<u8>(), any::<u8>()).prop_map(|(one, two)| Self::Calibrated(one, two)),
        ]
        .boxed()
    }

    fn keys() -> &'static [&'static str] {
        &["/Measured/celsius", "/Measured/active", "/Renamed", "/Measured"]
    }

    fn tag() -> Option<&'static str> {
        None
    }
}

/// Amounts of which a few leave the range.
fn cents() -> impl Strategy<Value = Cents> {
    prop_oneof![
        60 => (-1000..1000_i64).prop_map(Cents),
        1 => prop::sample::select(vec![i64::MAX, i64::MIN, i64::MAX / 2, i64::MIN / 2]).prop_map(Cents),
    ]
}

/// Few, so that members meet.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[abAB]{1,2}", 1 => text()]
}

/// Rates of which a few need more digits than there are.
fn rate() -> impl Strategy<Value = Decimal> {
    prop_oneof![
        30 => (any::<i32>(), 0..=6_u32).prop_map(|(digits, scale)| Decimal::new(digits.into(), scale)),
        1 => decimal(),
        1 => prop::sample::select(vec![Decimal::MAX, Decimal::MIN]),
    ]
}

/// The same for both forms of the trigger.
macro_rules! ledger {
    ($($event:ty)*) => {$(
impl Subject for $event {
    const ID_TYPE: &'static str = "uuid";

    fn id() -> BoxedStrategy<Uuid> {
        uuid().boxed()
    }

    fn id_text(id: &Uuid) -> String {
        id.to_string()
    }

    fn first() -> BoxedStrategy<Self> {
        (cents(), prop::collection::vec(name(), 0..4))
            .prop_map(|(amount, owners)| Self::Opened { amount, owners })
            .boxed()
    }

    fn later() -> BoxedStrategy<Self> {
        let names = || prop::collection::vec(name(), 0..4);
        let some = prop::option::of::<BoxedStrategy<String>>;
        prop_oneof![
            16 => (cents(), prop::option::of(cents()), some(name().boxed()))
                .prop_map(|(amount, fee, memo)| Self::Deposited { amount, fee, memo }),
            16 => (cents(), rate()).prop_map(|(amount, rate)| Self::Withdrawn { amount, rate }),
            8 => (cents(), prop::option::of(cents()), some(name().boxed()), some(name().boxed()))
                .prop_map(|(balance, fees, best, worst)| Self::Corrected { balance, fees, best, worst }),
            16 => (names(), prop::option::of(names()), some(name().boxed()))
                .prop_map(|(added, removed, also)| Self::OwnersChanged { added, removed, also }),
            4 => Just(Self::Frozen),
            4 => Just(Self::Thawed),
            4 => Just(Self::Reset),
            4 => status().prop_map(|status| Self::StatusSet { status }),
            1 => Just(Self::Erased),
        ]
        .boxed()
    }

    fn keys() -> &'static [&'static str] {
        &[
            "/type",
            "/amount",
            "/owners",
            "/owners/0",
            "/fee",
            "/memo",
            "/rate",
            "/balance",
            "/fees",
            "/best",
            "/worst",
            "/added",
            "/added/0",
            "/removed",
            "/removed/0",
            "/also",
            "/status",
        ]
    }

    fn tag() -> Option<&'static str> {
        Some("type")
    }
}
    )*};
}

ledger!(LedgerEvent LedgerRowEvent);

impl Subject for DocumentEvent {
    const ID_TYPE: &'static str = "uuid";

    fn id() -> BoxedStrategy<Uuid> {
        uuid().boxed()
    }

    fn id_text(id: &Uuid) -> String {
        id.to_string()
    }

    fn first() -> BoxedStrategy<Self> {
        let words = prop_oneof![30 => 0..1000_i64, 1 => Just(i64::MAX)];
        (name(), words, (name(), any::<Option<i16>>()))
            .prop_map(|(language, words, (name, floor))| Self::Drafted {
                about: json!({"language": language, "count": {"words": words, "pages": 1}}),
                home: Some(Home { street_name: language, room: Room { name, floor } }),
            })
            .boxed()
    }

    fn later() -> BoxedStrategy<Self> {
        let number = || prop_oneof![8 => (0..100_i64).prop_map(Value::from), 1 => Just(json!(i64::MIN))];
        let tags = prop_oneof![
            4 => prop::collection::vec(name(), 0..4).prop_map(|tags| json!(tags)),
            1 => Just(Value::Null),
        ];
        let place =
            (name(), any::<Option<u8>>()).prop_map(|(shelf, slot)| Json(Place { shelf, slot })).boxed();
        prop_oneof![
            8 => (number(), number(), tags).prop_map(|(added, removed, tags)| Self::Edited {
                change: Some(json!({"words": {"added": added, "removed": removed}, "tags": tags})),
            }),
            1 => number().prop_map(|added| Self::Edited { change: Some(json!({"words": {"added": added}})) }),
            4 => (prop::option::of(place), any::<i32>())
                .prop_map(|(place, code)| Self::Shelved { place, code }),
            2 => Just(Self::Viewed),
            1 => Just(Self::Shredded),
        ]
        .boxed()
    }

    fn keys() -> &'static [&'static str] {
        // Not what is cast: PostgreSQL reads more than serde, and refuses what both cannot.
        &[
            "/type",
            "/about",
            "/about/language",
            "/about/count",
            "/about/count/words",
            "/home/room/name",
            "/home/room/floor",
            "/change",
            "/change/words",
            "/change/words/added",
            "/change/words/removed",
            "/change/tags",
            "/change/tags/0",
        ]
    }

    fn tag() -> Option<&'static str> {
        Some("type")
    }

    fn context() -> BoxedStrategy<Option<Value>> {
        let editor = (uuid(), prop::option::of(name()));
        prop_oneof![
            40 => editor.prop_map(|(id, name)| Some(json!({"editor": {"id": id, "name": name}, "a": [1.5]}))),
            1 => Just(None),
            1 => Just(Some(json!({"editor": null}))),
            1 => Just(Some(json!({"editor": {"id": null}}))),
            1 => Just(Some(json!({"editor": {"id": 7}}))),
            1 => Just(Some(json!(["editor"]))),
            1 => Just(Some(Value::Null)),
        ]
        .boxed()
    }

    fn as_context(context: &Value) -> Option<&Value> {
        Some(context)
    }
}

/// Few moments that differ by nanoseconds, so that they meet, and any others.
fn tick() -> impl Strategy<Value = Tick> {
    let near = (0..4_000_i64).prop_map(|nanoseconds| DateTime::from_timestamp_nanos(nanoseconds - 2_000));
    let any = (time(), 0..1_000_i64).prop_filter_map("a time", |(time, below)| {
        time.checked_add_signed(chrono::TimeDelta::nanoseconds(below))
    });
    prop_oneof![4 => near, 1 => any].prop_map(Tick)
}

fn clock() -> impl Strategy<Value = NaiveTime> {
    (0..86_400_u32, prop_oneof![Just(999_999_999_u32), 0..1_000_000_000_u32])
        .prop_filter_map("a time of day", |(second, nanosecond)| {
            NaiveTime::from_num_seconds_from_midnight_opt(second, nanosecond)
        })
}

fn json_value() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![Value::Null, json!([null]), json!("x"), json!({"a": null})])
}

impl Subject for ClockEvent {
    const ID_TYPE: &'static str = "bigint";

    fn id() -> BoxedStrategy<i64> {
        any::<i64>().boxed()
    }

    fn id_text(id: &i64) -> String {
        id.to_string()
    }

    fn first() -> BoxedStrategy<Self> {
        (tick(), prop::option::of(clock()), json_value())
            .prop_map(|(at, alarm, note)| Self::Wound { at, alarm, note })
            .boxed()
    }

    fn later() -> BoxedStrategy<Self> {
        let day = || (1..4_u32).prop_filter_map("a day", |day| NaiveDate::from_ymd_opt(2026, 3, day));
        let days = prop::collection::hash_set(day(), 0..4);
        let more = prop::option::of(prop::collection::btree_set(tick(), 0..5));
        let names = prop::collection::hash_set(name(), 0..4);
        let rang = (tick(), days, more, names).prop_map(|(at, days, more, names)| Self::Rang {
            at,
            days,
            more,
            names,
        });
        let removed = prop::collection::vec_deque(tick(), 0..4);
        let names = prop::option::of(prop::collection::linked_list(name(), 0..4));
        let notes = (prop::option::of(json_value()), prop::collection::vec(json_value(), 0..3));
        let rate = prop::option::of(prop_oneof![9 => (-8..8_i32).prop_map(f64::from), 1 => Just(f64::NAN)]);
        let beside = prop_oneof![
            2 => Just(Value::Null),
            1 => Just(json!(5)),
            4 => tick().prop_map(|at| json!({"rung": {"at": at}, "place": null})),
            4 => name().prop_map(|place| json!({"place": place})),
        ];
        let local = prop::collection::vec(
            (tick(), clock()).prop_map(|(tick, clock)| tick.0.date_naive().and_time(clock)),
            0..3,
        );
        let stopped = (removed, names, notes, rate, beside, local).prop_map(
            |(rung, names, (note, notes), rate, beside, local)| Self::Stopped {
                rung,
                names,
                note,
                notes,
                rate,
                beside,
                local,
            },
        );
        prop_oneof![rang, stopped].boxed()
    }

    fn keys() -> &'static [&'static str] {
        &[
            "/type",
            "/at",
            "/alarm",
            "/note",
            "/days",
            "/days/0",
            "/more",
            "/more/0",
            "/names",
            "/rung",
            "/rung/0",
            "/notes",
            "/notes/0",
            "/rate",
            "/beside",
            "/beside/place",
            "/beside/rung/at",
            "/local",
            "/local/0",
        ]
    }

    fn tag() -> Option<&'static str> {
        Some("type")
    }
}

impl Subject for MemberEvent {
    const ID_TYPE: &'static str = "bigint";

    const CHECKS: &'static [Check<Member>] = &MEMBER_CHECKS;

    fn id() -> BoxedStrategy<i64> {
        any::<i64>().boxed()
    }

    fn id_text(id: &i64) -> String {
        id.to_string()
    }

    fn first() -> BoxedStrategy<Self> {
        (any::<i32>(), email(), prop::option::of(any::<i64>()))
            .prop_map(|(tenant, email, badge)| Self::Joined { tenant, email, badge })
            .boxed()
    }

    fn later() -> BoxedStrategy<Self> {
        let plan = prop_oneof![
            2 => Just(None),
            4 => Just(Some("free")),
            12 => Just(Some("gold")),
            1 => Just(Some("g\u{f6}ld")),
        ];
        let order = prop_oneof![1 => -1..1_i32, 30 => 1..9_i32];
        prop_oneof![
            4 => email().prop_map(|email| Self::EmailChanged { email }),
            1 => any::<i64>().prop_map(|badge| Self::BadgeGiven { badge }),
            12 => (5..40_i64).prop_map(|amount| Self::Paid { amount }),
            8 => (-2..15_i64).prop_map(|amount| Self::Charged { amount }),
            8 => (plan, prop::option::of(order)).prop_map(|(plan, order)| Self::PlanChosen {
                plan: plan.map(String::from),
                order
            }),
            4 => prop::collection::vec("[abc]", 0..4).prop_map(|tags| Self::Tagged { tags }),
            4 => "[abc]".prop_map(|tag| Self::Untagged { tag }),
            2 => Just(Self::Seen),
            2 => Just(Self::Left),
        ]
        .boxed()
    }

    fn keys() -> &'static [&'static str] {
        &["/type", "/tenant", "/email", "/badge", "/amount", "/plan", "/order", "/tags", "/tags/0", "/tag"]
    }

    fn tag() -> Option<&'static str> {
        Some("type")
    }
}

/// Few, so that they meet again.
fn friend() -> impl Strategy<Value = foreign::Friend> {
    (0..4_u128).prop_map(|id| foreign::Friend(Uuid::from_u128(id)))
}

impl Subject for ProfileEvent {
    const ID_TYPE: &'static str = "uuid";

    fn id() -> BoxedStrategy<ProfileId> {
        uuid().prop_map(ProfileId::from).boxed()
    }

    fn id_text(id: &ProfileId) -> String {
        Uuid::from(*id).to_string()
    }

    fn first() -> BoxedStrategy<Self> {
        (uuid(), name(), status(), any::<i16>(), any::<bool>(), prop::option::of(name()))
            .prop_map(|(id, name, status, seats, r#gen, nick)| Self::Opened {
                id: id.into(),
                name,
                status,
                seats,
                r#gen,
                nick,
                cached: 0,
            })
            .boxed()
    }

    fn later() -> BoxedStrategy<Self> {
        let some = prop::option::of::<BoxedStrategy<String>>;
        let points = || prop_oneof![20 => -100..100_i64, 1 => Just(i64::MAX), 1 => Just(i64::MIN)];
        prop_oneof![
            8 => (some(name().boxed()), any::<Option<i16>>(), some(name().boxed()), prop::option::of(points()))
                .prop_map(|(name, seats, nick, points)| Self::Changed { name, seats, nick, points }),
            8 => (prop::collection::vec(friend(), 0..4), friend(), any::<Option<i32>>())
                .prop_map(|(friends, referrer, until)| Self::Invited { friends, referrer, until }),
            8 => (prop::option::of(points().prop_map(foreign::Score)), points(), friend())
                .prop_map(|(score, points, not)| Self::Scored { score, points, not }),
            2 => Just(Self::Viewed),
            1 => Just(Self::Closed),
        ]
        .boxed()
    }

    fn keys() -> &'static [&'static str] {
        &[
            "/type",
            "/name",
            "/status",
            "/seats",
            "/gen",
            "/nick",
            "/points",
            "/friends",
            "/friends/0",
            "/referrer",
            "/until",
            "/score",
            "/not",
        ]
    }

    fn tag() -> Option<&'static str> {
        Some("type")
    }

    fn context() -> BoxedStrategy<Option<Value>> {
        prop_oneof![
            20 => uuid().prop_map(|id| Some(json!({"editor": {"id": id}}))),
            10 => Just(None),
            2 => Just(Some(json!({"editor": {"id": null}}))),
            1 => Just(Some(json!({"editor": {"id": 7}}))),
        ]
        .boxed()
    }

    fn as_context(context: &Value) -> Option<&Value> {
        Some(context)
    }
}

/// Addresses of which a few are none.
fn email() -> impl Strategy<Value = String> {
    prop_oneof![30 => text().prop_map(|text| format!("{text}@example.org")), 1 => text()]
}

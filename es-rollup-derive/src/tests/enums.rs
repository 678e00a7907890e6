//! Enums that several tests expand.

/// A stream that one kind of event creates, internally tagged.
pub(super) const USERS: &str = r#"
    #[serde(tag = "type", rename_all = "snake_case")]
    #[rollup(events = "core_user_events", id = UserId)]
    pub enum UserEvent {
        #[rollup(create)]
        Initialized {
            id: UserId,
            #[rollup(set)]
            email: String,
        },
        RoleGranted {
            #[rollup(set = "role")]
            role: RoleId,
        },
        RoleRevoked {
            #[rollup(clear = "role")]
            role: RoleId,
        },
        #[rollup(ignore)]
        PasswordResetRequested {},
    }
"#;

/// Every option, adjacently tagged, with serde's own keys on fields.
pub(super) const ACCOUNTS: &str = r#"
    #[serde(tag = "kind", content = "data", rename_all = "camelCase", rename_all_fields = "camelCase")]
    #[rollup(events = "bank.account_log", id = Uuid, table = "bank.account", state = Account)]
    #[rollup(derive(Debug, sqlx::FromRow), vis = "pub(crate)", time = time::OffsetDateTime)]
    #[rollup(crate = crate::reexport::es_rollup)]
    enum AccountEvent {
        #[rollup(create)]
        Opened {
            #[rollup(set = "holder")]
            holder_name: String,
            #[rollup(set)]
            #[serde(default)]
            status: Status,
        },
        #[rollup(create)]
        #[serde(alias = "importedV1")]
        Imported {
            #[rollup(set = "holder")]
            #[serde(alias = "owner")]
            holder_name: String,
            #[rollup(set)]
            status: Status,
        },
        LimitChanged(#[rollup(set = "limit")] Option<Decimal>),
        Flagged {
            #[rollup(set = "order")]
            r#type: i64,
        },
        #[rollup(clear = "order", clear = "limit")]
        Unflagged,
        #[rollup(ignore)]
        #[serde(other)]
        Unknown,
    }
"#;

/// No event is marked `create`, externally tagged.
pub(super) const SENSORS: &str = r#"
    #[rollup(events = "sensor_events", id = i64)]
    enum Sensor {
        Measured {
            #[rollup(set)]
            celsius: Option<i32>,
            #[rollup(set)]
            active: bool,
        },
        Renamed(#[rollup(set = "name")] String),
        #[rollup(clear = "celsius", clear = "name")]
        Reset,
        #[rollup(ignore)]
        Calibrated(u8, u8),
    }
"#;

/// Every operation.
pub(super) const OPERATIONS: &str = r#"
    #[serde(tag = "type")]
    #[rollup(events = "team_events", id = TeamId)]
    enum TeamEvent {
        #[rollup(create, set(open = true, level = 3, status = "new"), at = "founded_at")]
        Founded {
            #[rollup(add = "members")]
            founders: Vec<PersonId>,
            #[rollup(set, max = "largest")]
            size: i64,
        },
        #[rollup(count = "changes")]
        Joined {
            #[rollup(add = "members", push = "log")]
            person: PersonId,
            #[rollup(increment = "points")]
            bonus: Option<i64>,
        },
        Left {
            #[rollup(remove = "members")]
            person: Option<PersonId>,
            #[rollup(decrement = "points", min = "smallest")]
            malus: i64,
        },
        #[rollup(clear = "members", clear = "log", clear = "points", set(open = false, level = -1))]
        Emptied,
        #[rollup(toggle = "open", toggle = "starred")]
        Switched,
        #[rollup(delete)]
        Dissolved,
    }
"#;

/// Values inside fields, from the context, borrowed and cast.
pub(super) const VALUES: &str = r#"
    #[serde(tag = "type")]
    #[rollup(events = "note_events", id = i64, context(set = "editor", path = "user.id", as = Option<UserId>))]
    enum NoteEvent<'a> {
        #[rollup(create, sequence = "written_in", context(set = "author", path = "user.id", as = UserId))]
        Written {
            #[rollup(set, push = "history")]
            text: Cow<'a, str>,
            #[rollup(set = "city", path = "address.city", as = String)]
            #[rollup(add = "lines", path = "address.lines", as = Option<Vec<String>>)]
            place: Option<Value>,
        },
        Sent {
            #[rollup(set = "last", push = "addresses", sql_type = "inet")]
            to: IpAddr,
            #[rollup(add = "tags")]
            tags: Option<Vec<&'a str>>,
            #[rollup(set = "labels", add = "all_labels")]
            labels: Vec<String>,
        },
    }
"#;

/// The short forms.
pub(super) const SHORTHANDS: &str = r#"
    #[serde(tag = "type", rename_all = "snake_case")]
    #[rollup(events = "profile_events", id = ProfileId, event_type = "last_event", sequence = "last_in")]
    #[rollup(context(set = "editor", path = "user", as = Option<UserId>, keep))]
    enum ProfileEvent {
        #[rollup(create, set)]
        Opened {
            #[rollup(ignore)]
            id: ProfileId,
            #[rollup(unique)]
            email: String,
            #[serde(default = "seats")]
            #[rollup(default = 5)]
            seats: i16,
            #[serde(default = "plan")]
            #[rollup(default = "free")]
            plan: Option<Plan>,
            r#gen: Vec<String>,
            #[serde(skip)]
            cached: Cache,
        },
        #[serde(alias = "was_changed")]
        Changed {
            #[rollup(set, keep)]
            email: Option<String>,
            #[rollup(set, keep)]
            plan: Option<Plan>,
            #[rollup(add = "friends", as = Vec<Uuid>)]
            friends: Vec<Friend>,
            #[rollup(max = "best", as = Option<i64>)]
            score: Option<Score>,
        },
        #[rollup(ignore)]
        Viewed,
        #[rollup(delete)]
        Closed,
    }
"#;

/// All of these enums.
pub(super) const ALL: [&str; 6] = [USERS, ACCOUNTS, SENSORS, OPERATIONS, VALUES, SHORTHANDS];

/// Types that can be columns.
pub(super) const COLUMN_TYPES: [&str; 4] = [
    "pub struct UserId(pub Uuid);",
    "
        #[serde(transparent)]
        #[rollup(number, crate = ::renamed)]
        struct Amount<T> {
            cents: i64,
            currency: PhantomData<T>,
        }
    ",
    r#"
        #[serde(rename_all = "kebab-case")]
        #[derive(Default)]
        enum Status {
            #[default]
            OnHold,
            #[serde(alias = "done", alias = "it's over")]
            Closed,
        }
    "#,
    r#"
        #[rollup(json)]
        #[serde(deny_unknown_fields)]
        struct Address {
            city: String,
            #[serde(rename = "it's", alias = "zip")]
            code: Option<i64>,
            #[serde(default)]
            lines: Vec<String>,
            #[serde(skip)]
            cached: Rc<Cache>,
        }
    "#,
];

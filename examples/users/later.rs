//! The enum after its first change, and after its second. A real program has only the last one.

pub(crate) mod second {
    use super::super::{AuditInfo, AuthenticationId, RoleId, UserId};
    use es_rollup::Rollup;
    use serde::{Deserialize, Serialize};

    /// What can happen to a user: a phone can be confirmed.
    #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Rollup)]
    #[serde(tag = "type", rename_all = "snake_case")]
    #[rollup(events = "core_user_events", id = UserId, derive(Debug, Clone, PartialEq, sqlx::FromRow))]
    pub(crate) enum UserEvent {
        #[rollup(create)]
        Initialized {
            id: UserId,
            #[rollup(set)]
            email: String,
            audit_info: AuditInfo,
        },
        AuthenticationIdUpdated {
            #[rollup(set)]
            authentication_id: AuthenticationId,
            audit_info: AuditInfo,
        },
        RoleGranted {
            #[rollup(set = "role")]
            role: RoleId,
            audit_info: AuditInfo,
        },
        #[rollup(clear = "role")]
        RoleRevoked { audit_info: AuditInfo },
        #[rollup(ignore)]
        AccessReviewed { audit_info: AuditInfo },
        /// New: no stored event is one, so no row changes.
        PhoneConfirmed {
            #[rollup(set)]
            phone: String,
            audit_info: AuditInfo,
        },
    }
}

pub(crate) mod third {
    use super::super::{AuditInfo, AuthenticationId, RoleId, UserId};
    use es_rollup::Rollup;
    use serde::{Deserialize, Serialize};

    /// What can happen to a user: reviews are counted, and may have a finding.
    #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Rollup)]
    #[serde(tag = "type", rename_all = "snake_case")]
    #[rollup(events = "core_user_events", id = UserId, derive(Debug, Clone, PartialEq, sqlx::FromRow))]
    pub(crate) enum UserEvent {
        #[rollup(create)]
        Initialized {
            id: UserId,
            #[rollup(set)]
            email: String,
            audit_info: AuditInfo,
        },
        AuthenticationIdUpdated {
            #[rollup(set)]
            authentication_id: AuthenticationId,
            audit_info: AuditInfo,
        },
        RoleGranted {
            #[rollup(set = "role")]
            role: RoleId,
            audit_info: AuditInfo,
        },
        #[rollup(clear = "role")]
        RoleRevoked { audit_info: AuditInfo },
        /// Was ignored. Stored events count too. They have no finding, and leave the column as it is.
        #[rollup(count = "reviews")]
        AccessReviewed {
            #[serde(default)]
            #[rollup(set, keep)]
            finding: Option<String>,
            audit_info: AuditInfo,
        },
        PhoneConfirmed {
            #[rollup(set)]
            phone: String,
            audit_info: AuditInfo,
        },
    }
}

//! Test mails: does mail leave at all, and a letter sent to whoever wrote it before anybody else gets it.

use chrono::{DateTime, Utc};
use conclave_core::address::Address;
use conclave_core::facts::{EventFacts, Facts};
use conclave_core::ids::{AccountId, MessageId};
use conclave_core::message::MessageState;
use conclave_core::purpose::Purpose;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _, QuerySelect as _};
use uuid::Uuid;

use crate::entities::message;
use crate::facts::account_facts;
use crate::outbox::{NewMessage, queue};
use crate::{Account, Site, Store, StoreError, StoredText};

impl Store {
    /// Queues `letter`, in its final words, as a test mail to `to`. It comes from the event's committee
    /// and belongs to nobody's invitation: it holds no seat, carries no link and is in no list of an event.
    pub async fn queue_test_letter(
        &self,
        to: &Account,
        event: EventFacts,
        letter: &StoredText,
        now: DateTime<Utc>,
    ) -> Result<MessageId, StoreError> {
        let tx = self.begin_write().await?;
        let facts = Facts { event: Some(event), ..account_facts(self.site(), &to.name, &to.email) };
        let id = queue_test(&tx, self.site(), Some(to.id), facts, now).await?;
        // What is in the row already is not rendered again when it is claimed.
        message::Entity::update_many()
            .col_expr(message::Column::Subject, Expr::value(letter.subject.clone()))
            .col_expr(message::Column::BodyText, Expr::value(letter.text.clone()))
            .col_expr(message::Column::BodyHtml, Expr::value(letter.html.clone()))
            .filter(message::Column::Id.eq(id.0))
            .exec(&tx)
            .await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Queues a test mail to an address: does mail leave at all?
    pub async fn queue_test_mail(&self, to: &Address, now: DateTime<Utc>) -> Result<MessageId, StoreError> {
        let tx = self.begin_write().await?;
        let facts = account_facts(self.site(), "", to.as_str());
        let id = queue_test(&tx, self.site(), None, facts, now).await?;
        tx.commit().await?;
        Ok(id)
    }
}

async fn queue_test(
    tx: &DatabaseTransaction,
    site: &Site,
    account: Option<AccountId>,
    facts: Facts,
    now: DateTime<Utc>,
) -> Result<MessageId, StoreError> {
    let occasion = MessageId::generate().0.simple().to_string();
    let key = format!("test/{occasion}");
    let message = NewMessage {
        event: None,
        invitation: None,
        account,
        wave: None,
        answer: None,
        purpose: Purpose::Test,
        occasion,
        once_only_key: key.clone(),
        facts,
        state: MessageState::Queued,
        not_before: None,
    };
    queue(tx, site, message, now).await?;
    let id: Option<Uuid> = message::Entity::find()
        .select_only()
        .column(message::Column::Id)
        .filter(message::Column::OnceOnlyKey.eq(key))
        .into_tuple()
        .one(tx)
        .await?;
    id.map(MessageId).ok_or(StoreError::NotFound)
}

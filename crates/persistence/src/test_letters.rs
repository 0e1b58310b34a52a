//! A letter as a test: sent to whoever wrote it, before anybody else gets it.

use chrono::{DateTime, Utc};
use conclave_core::facts::{EventFacts, Facts};
use conclave_core::ids::MessageId;
use conclave_core::message::MessageState;
use conclave_core::purpose::Purpose;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _};
use uuid::Uuid;

use crate::entities::message;
use crate::facts::account_facts;
use crate::outbox::{NewMessage, queue};
use crate::{Account, Store, StoreError, StoredText};

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
        let occasion = MessageId::generate().0.simple().to_string();
        let key = format!("test/{occasion}");
        let message = NewMessage {
            event: None,
            invitation: None,
            account: Some(to.id),
            wave: None,
            answer: None,
            purpose: Purpose::Test,
            occasion,
            once_only_key: key.clone(),
            facts: Facts { event: Some(event), ..account_facts(self.site(), &to.name, &to.email) },
            state: MessageState::Queued,
            not_before: None,
        };
        queue(&tx, self.site(), message, now).await?;
        // What is in the row already is not rendered again when it is claimed.
        message::Entity::update_many()
            .col_expr(message::Column::Subject, Expr::value(letter.subject.clone()))
            .col_expr(message::Column::BodyText, Expr::value(letter.text.clone()))
            .col_expr(message::Column::BodyHtml, Expr::value(letter.html.clone()))
            .filter(message::Column::OnceOnlyKey.eq(&key))
            .exec(&tx)
            .await?;
        let id: Uuid = message::Entity::find()
            .select_only()
            .column(message::Column::Id)
            .filter(message::Column::OnceOnlyKey.eq(key))
            .into_tuple()
            .one(&tx)
            .await?
            .ok_or(StoreError::NotFound)?;
        tx.commit().await?;
        Ok(MessageId(id))
    }
}

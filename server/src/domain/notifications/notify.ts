import type { Database, Tx } from '../../lib/db.ts'
import { newId } from '../../lib/ids.ts'
import { enqueueWork } from '../../lib/queue.ts'
import { accountOf } from '../accounts/reads.ts'
import type { Catalogs } from '../catalog/reads.ts'
import { compose } from './compose.ts'
import { renderEmail } from './email.ts'
import { causeOf, type Happening } from './notification.ts'
import { insertNotification, type NewNotification } from './writes.ts'

/**
 * Writes the messages about something that happened and puts their sending on the queue, in one transaction. Once
 * per cause: told again, it does nothing.
 */
export async function notify(
  { db, catalogs, publicUrl }: { db: Database; catalogs: Catalogs; publicUrl: string },
  { accountId, ...happening }: { accountId: string } & Happening,
): Promise<void> {
  await db.tenant(accountId, async (tx) => {
    const account = await accountOf(tx, accountId)
    const { catalog } = await catalogs.current(tx)
    const setting = {
      brand: catalog.name,
      name: account.name,
      billingUrl: `${publicUrl}/dashboard/billing`,
      pricingUrl: `${publicUrl}/pricing`,
    }
    const composed = await compose({ tx, catalogs, account, setting }, happening)
    if (composed === undefined) return
    const about = { accountId, cause: causeOf(happening), kind: happening.kind }
    const { subject, text, html } = renderEmail(catalog.name, composed.email)
    const mail = {
      channel: 'email' as const,
      recipient: account.email,
      subject,
      bodyText: text,
      bodyHtml: html,
    }
    await post(tx, publicUrl, { ...about, ...mail })
    if (composed.sms === undefined || account.phone === null) return
    const sms = { channel: 'sms' as const, recipient: account.phone, subject: null, bodyHtml: null }
    await post(tx, publicUrl, { ...about, ...sms, bodyText: composed.sms })
  })
}

async function post(
  tx: Tx,
  publicUrl: string,
  written: Omit<NewNotification, 'notificationId' | 'messageId'>,
): Promise<void> {
  const notificationId = newId('ntf')
  const messageId = `<${notificationId}@${new URL(publicUrl).hostname}>`
  if (!(await insertNotification(tx, { ...written, notificationId, messageId }))) return
  const payload = { accountId: written.accountId, notificationId }
  await enqueueWork(tx, { verb: 'notifications.send', payload, key: notificationId })
}

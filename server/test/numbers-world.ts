import { startSandbox } from 'tollgate-sandbox'
import type { Catalogs } from '../src/domain/catalog/reads.ts'
import { type Database, sql } from '../src/lib/db.ts'
import { twilioClient } from '../src/providers/twilio/client.ts'
import type { TwilioPort } from '../src/providers/twilio/port.ts'
import { twilioSdk } from '../src/providers/twilio/sdk.ts'
import { testDatabase } from './database.ts'
import { sandboxFaults } from './sandbox-faults.ts'
import { assistantCatalogs } from './subscriber.ts'

export type NumbersWorld = Awaited<ReturnType<typeof openNumbersWorld>>

type NumbersDeps = { db: Database; twilio: TwilioPort; catalogs: Catalogs; publicUrl: string }

/** A database with the assistant's catalog, and a Twilio of its own. */
export async function openNumbersWorld() {
  const [database, sandbox] = await Promise.all([testDatabase(), startSandbox({})])
  const { db } = database
  const account = { ...sandbox.twilio, apiBase: sandbox.url }
  const deps: NumbersDeps = {
    db,
    twilio: twilioClient(account),
    catalogs: await assistantCatalogs(db),
    publicUrl: 'https://billing.example',
  }
  const sdk = await twilioSdk(account)
  return {
    db,
    deps,
    sandbox,
    sdk,
    faults: sandboxFaults(sandbox.url),
    /** What Twilio says we own under the name of one of these orders. */
    ownedFor: async (orderIds: string[]) =>
      (await sdk.incomingPhoneNumbers.list()).filter((each) =>
        orderIds.some((orderId) => each.friendlyName.includes(orderId)),
      ),
    orders: (accountId: string) =>
      db.tenant(accountId, (tx) =>
        tx.rows<{
          order_id: string
          kind: string
          status: string
          attempt_count: number
          last_error: string | null
          due_in: number | null
        }>(sql`
          select order_id, kind, status, attempt_count, last_error,
            round(extract(epoch from due_at - business_now()))::int as due_in
          from number_orders where account_id = ${accountId} order by created_at, position`),
      ),
    close: async () => {
      await Promise.all([database.close(), sandbox.close()])
    },
  }
}

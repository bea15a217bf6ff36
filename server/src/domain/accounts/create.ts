import { Refusal } from '../../errors.ts'
import type { Database } from '../../lib/db.ts'
import { newId } from '../../lib/ids.ts'
import type { Account } from './account.ts'
import { findAccount } from './reads.ts'
import { insertAccount } from './writes.ts'

export type CreateAccount = {
  externalId: string
  name: string
  email: string
  phone?: string | undefined
  currency: string
  metadata?: Record<string, string> | undefined
}

/** Makes the account of the host app's `externalId`, or finds the one that is there: twice is once. */
export async function createAccount(
  { db }: { db: Database },
  input: CreateAccount,
): Promise<{ account: Account; isNew: boolean }> {
  return db.system(async (tx) => {
    const isNew = await insertAccount(tx, {
      accountId: newId('acc'),
      externalId: input.externalId,
      name: input.name,
      email: input.email,
      phone: input.phone ?? null,
      currency: input.currency,
      metadata: input.metadata ?? {},
    })
    const account = await findAccount(tx, { externalId: input.externalId })
    if (account === undefined) throw new Refusal('account_not_found', { account: input.externalId })
    return { account, isNew }
  })
}

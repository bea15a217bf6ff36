import type { Tx } from '../../lib/db.ts'
import { sql } from '../../lib/db.ts'
import type { MemberRole } from './account.ts'
import type { Scope } from './key.ts'
import { hashOf, KEY_PREFIX_LENGTH } from './key.ts'

export type NewAccount = {
  accountId: string
  externalId: string
  name: string
  email: string
  phone: string | null
  currency: string
  metadata: Record<string, string>
}

/** Answers whether the account is new; one with this external id that was there before stays as it is. */
export async function insertAccount(tx: Tx, account: NewAccount): Promise<boolean> {
  const inserted = await tx.run(sql`
    insert into accounts (account_id, external_id, name, email, phone, currency, metadata)
    values (${account.accountId}, ${account.externalId}, ${account.name}, ${account.email}, ${account.phone},
      ${account.currency}, ${JSON.stringify(account.metadata)})
    on conflict (external_id) do nothing`)
  return inserted === 1
}

export async function updateAccount(
  tx: Tx,
  account: {
    accountId: string
    name: string
    email: string
    phone: string | null
    metadata: Record<string, string>
  },
): Promise<void> {
  await tx.run(sql`
    update accounts set name = ${account.name}, email = ${account.email}, phone = ${account.phone},
      metadata = ${JSON.stringify(account.metadata)}
    where account_id = ${account.accountId}`)
}

export async function upsertMember(
  tx: Tx,
  member: { accountId: string; userId: string; role: MemberRole; email: string | null },
): Promise<void> {
  await tx.run(sql`
    insert into members (account_id, user_id, role, email)
    values (${member.accountId}, ${member.userId}, ${member.role}, ${member.email})
    on conflict (account_id, user_id) do update set role = excluded.role, email = excluded.email`)
}

export async function removeMember(tx: Tx, accountId: string, userId: string): Promise<boolean> {
  return (
    (await tx.run(sql`delete from members where account_id = ${accountId} and user_id = ${userId}`)) === 1
  )
}

/** The row that stands for the account's one live customer; answers whether it is new. */
export async function claimCustomer(tx: Tx, accountId: string, customerId: string): Promise<boolean> {
  const inserted = await tx.run(sql`
    insert into customers (account_id, customer_id) values (${accountId}, ${customerId})
    on conflict (account_id) where is_live do nothing`)
  return inserted === 1
}

export async function setStripeCustomer(
  tx: Tx,
  input: { accountId: string; customerId: string; stripeCustomerId: string },
): Promise<void> {
  await tx.run(sql`
    update customers set stripe_customer_id = ${input.stripeCustomerId}
    where account_id = ${input.accountId} and customer_id = ${input.customerId} and stripe_customer_id is null`)
}

/** Writes what Stripe says of a customer, unless a fetch begun later was already written. */
export async function updateCustomer(
  tx: Tx,
  input: { stripeCustomerId: string; isLive: boolean; hasPaymentMethod: boolean; sequence: bigint },
): Promise<void> {
  await tx.run(sql`
    update customers set is_live = ${input.isLive}, has_payment_method = ${input.hasPaymentMethod},
      synced_sequence = ${input.sequence}
    where stripe_customer_id = ${input.stripeCustomerId} and synced_sequence < ${input.sequence}`)
}

export async function insertKey(
  tx: Tx,
  input: { keyId: string; name: string; scopes: Scope[]; key: string },
): Promise<void> {
  await tx.run(sql`
    insert into api_keys (key_id, name, prefix, hash, scopes)
    values (${input.keyId}, ${input.name}, ${input.key.slice(0, KEY_PREFIX_LENGTH)}, ${hashOf(input.key)},
      ${input.scopes})
    on conflict (hash) do nothing`)
}

/** Answers whether the key was there and not revoked before. */
export async function markRevoked(tx: Tx, keyId: string, at: Date): Promise<boolean> {
  return (
    (await tx.run(
      sql`update api_keys set revoked_at = ${at} where key_id = ${keyId} and revoked_at is null`,
    )) === 1
  )
}

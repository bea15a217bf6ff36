import type { Statement, Tx } from '../../lib/db.ts'
import { sql } from '../../lib/db.ts'
import type { Account, AccountReference } from './account.ts'
import type { ApiKey, Scope } from './key.ts'
import { hashOf } from './key.ts'

type AccountRow = {
  account_id: string
  external_id: string
  name: string
  email: string
  phone: string | null
  currency: string
  metadata: Record<string, string>
  created_at: Date
}

const COLUMNS = 'account_id, external_id, name, email, phone, currency, metadata, created_at'

function toAccount(row: AccountRow): Account {
  return {
    accountId: row.account_id,
    externalId: row.external_id,
    name: row.name,
    email: row.email,
    phone: row.phone,
    currency: row.currency,
    metadata: row.metadata,
    createdAt: row.created_at,
  }
}

const select = (rest: Statement): Statement => ({
  text: `select ${COLUMNS} from accounts ${rest.text}`,
  values: rest.values,
})

export async function findAccount(tx: Tx, reference: AccountReference): Promise<Account | undefined> {
  const row = await tx.maybe<AccountRow>(
    select(
      'accountId' in reference
        ? sql`where account_id = ${reference.accountId}`
        : sql`where external_id = ${reference.externalId}`,
    ),
  )
  return row && toAccount(row)
}

/** The account, which a caller already knows to be there. */
export async function accountOf(tx: Tx, accountId: string): Promise<Account> {
  return toAccount(await tx.one<AccountRow>(select(sql`where account_id = ${accountId}`)))
}

/** Waits until nobody else changes this account, and keeps others waiting until the transaction ends. */
export async function lockAccount(tx: Tx, accountId: string): Promise<Account> {
  return toAccount(await tx.one<AccountRow>(select(sql`where account_id = ${accountId} for update`)))
}

/** Newest first, for operators; `search` is part of a name, an e-mail address or an id. */
export async function listAccounts(
  tx: Tx,
  options: { search: string | undefined; after: { at: string; id: string } | undefined; limit: number },
): Promise<Account[]> {
  const { search, after, limit } = options
  const rows = await tx.rows<AccountRow>(
    select(sql`
      where (${search ?? null}::text is null
          or name ilike '%' || ${search ?? ''} || '%' or email ilike '%' || ${search ?? ''} || '%'
          or external_id = ${search ?? ''} or account_id = ${search ?? ''})
        and (${after?.at ?? null}::timestamptz is null
          or (date_trunc('milliseconds', created_at), account_id) < (${after?.at ?? null}::timestamptz, ${after?.id ?? ''}))
      order by date_trunc('milliseconds', created_at) desc, account_id desc
      limit ${limit}`),
  )
  return rows.map(toAccount)
}

export type Customer = {
  customerId: string
  stripeCustomerId: string | null
  hasPaymentMethod: boolean
}

export async function liveCustomer(tx: Tx, accountId: string): Promise<Customer | undefined> {
  const row = await tx.maybe<{
    customer_id: string
    stripe_customer_id: string | null
    has_payment_method: boolean
  }>(sql`
    select customer_id, stripe_customer_id, has_payment_method from customers
    where account_id = ${accountId} and is_live`)
  return (
    row && {
      customerId: row.customer_id,
      stripeCustomerId: row.stripe_customer_id,
      hasPaymentMethod: row.has_payment_method,
    }
  )
}

/** Whose customer this is at Stripe, the live one or an earlier one. */
export async function accountOfCustomer(tx: Tx, stripeCustomerId: string): Promise<string | undefined> {
  const row = await tx.maybe<{ account_id: string }>(sql`
    select account_id from customers where stripe_customer_id = ${stripeCustomerId}`)
  return row?.account_id
}

/** The key that somebody showed, unless it is unknown or revoked. */
export async function findKey(tx: Tx, secret: string): Promise<ApiKey | undefined> {
  const row = await tx.maybe<{ key_id: string; name: string; scopes: Scope[] }>(sql`
    select key_id, name, scopes from api_keys where hash = ${hashOf(secret)} and revoked_at is null`)
  return row && { keyId: row.key_id, name: row.name, scopes: row.scopes }
}

import { z } from 'zod'
import type { Account } from '../../domain/accounts/account.ts'
import { createAccount } from '../../domain/accounts/create.ts'
import { findAccount, liveCustomer } from '../../domain/accounts/reads.ts'
import { removeMember, updateAccount, upsertMember } from '../../domain/accounts/writes.ts'
import { readAccess } from '../../domain/subscriptions/read-access.ts'
import { Refusal } from '../../errors.ts'
import type { Tx } from '../../lib/db.ts'
import { resolveAccount } from '../access.ts'
import type { Context, Operation } from '../operation.ts'
import { billingManager, operation } from '../operation.ts'
import { createLink } from '../page-sessions.ts'
import type { Parts } from '../parts.ts'

const phone = z.string().regex(/^\+[1-9]\d{6,14}$/, 'a phone number in E.164 form, such as +14155550100')
const metadata = z.record(z.string().max(40), z.string().max(500))
const name = z.string().trim().min(1).max(200)
const email = z.email().max(320)
const externalId = z.string().min(1).max(200)

/** An account as the API shows it. */
async function showAccount(tx: Tx, parts: Parts, account: Account) {
  const customer = await liveCustomer(tx, account.accountId)
  const { access } = await readAccess(tx, parts, account.accountId)
  return {
    id: account.accountId,
    externalId: account.externalId,
    name: account.name,
    email: account.email,
    phone: account.phone,
    currency: account.currency,
    metadata: account.metadata,
    stripeCustomerId: customer?.stripeCustomerId ?? null,
    plan: access.plan,
    createdAt: account.createdAt,
  }
}

/** A server may act for any account; whoever is of one account sees that one only. */
async function reachable(context: Context, reference: string): Promise<string> {
  const accountId = await resolveAccount(context.parts.db, reference)
  const isServer = context.caller.via === 'key' || context.caller.role === 'operator'
  if (!isServer && context.caller.accountId !== accountId)
    throw new Refusal('account_not_found', { account: reference })
  return accountId
}

function demandServer(context: Context): void {
  if (context.caller.via !== 'key' && context.caller.role !== 'operator') {
    throw new Refusal('forbidden', { needed: 'an API key, or an operator' })
  }
}

async function answerAccount(context: Context, accountId: string) {
  const { parts, db } = context
  return db.tenant(accountId, async (tx) => {
    const account = await findAccount(tx, { accountId })
    if (account === undefined) throw new Refusal('account_not_found', { account: accountId })
    return { body: await showAccount(tx, parts, account) }
  })
}

export const accountOperations: Operation[] = [
  operation({
    name: 'createAccount',
    method: 'POST',
    paths: ['/api/accounts'],
    summary: 'Create an account, or find the one of this externalId',
    needs: billingManager,
    makesAccount: true,
    input: z.strictObject({
      externalId,
      name,
      email,
      phone: phone.optional(),
      currency: z
        .string()
        .regex(/^[a-zA-Z]{3}$/, 'a three-letter ISO currency code')
        .transform((code) => code.toLowerCase())
        .optional(),
      metadata: metadata.optional(),
    }),
    run: async (context, input) => {
      demandServer(context)
      const { parts, db } = context
      const currency =
        input.currency ?? (await db.system((tx) => parts.catalogs.current(tx))).catalog.currency
      const { account, isNew } = await createAccount({ db }, { ...input, currency })
      return { ...(await answerAccount(context, account.accountId)), status: isNew ? 201 : 200 }
    },
  }),
  operation({
    name: 'findAccounts',
    method: 'GET',
    paths: ['/api/accounts'],
    summary: 'Find an account by its externalId',
    needs: billingManager,
    input: z.strictObject({ externalId }),
    run: async (context, input) => {
      const accountId = await reachable(context, `ext:${input.externalId}`)
      const { body } = await answerAccount(context, accountId)
      return { body: { data: [body], nextCursor: null } }
    },
  }),
  operation({
    name: 'getAccount',
    method: 'GET',
    paths: ['/api/accounts/:id'],
    summary: 'One account',
    needs: billingManager,
    input: z.strictObject({ id: z.string() }),
    run: async (context, input) => answerAccount(context, await reachable(context, input.id)),
  }),
  operation({
    name: 'updateAccount',
    method: 'PATCH',
    paths: ['/api/accounts/:id'],
    summary: 'Change name, email, phone or metadata',
    needs: billingManager,
    input: z.strictObject({
      id: z.string(),
      name: name.optional(),
      email: email.optional(),
      phone: phone.nullable().optional(),
      metadata: metadata.optional(),
    }),
    run: async (context, input) => {
      const accountId = await reachable(context, input.id)
      await context.db.tenant(accountId, async (tx) => {
        const account = await findAccount(tx, { accountId })
        if (account === undefined) throw new Refusal('account_not_found', { account: accountId })
        await updateAccount(tx, {
          accountId,
          name: input.name ?? account.name,
          email: input.email ?? account.email,
          phone: input.phone === undefined ? account.phone : input.phone,
          metadata: input.metadata ?? account.metadata,
        })
      })
      return answerAccount(context, accountId)
    },
  }),
  operation({
    name: 'putMember',
    method: 'PUT',
    paths: ['/api/accounts/:id/members/:userId'],
    summary: 'Add a member or change its role',
    needs: billingManager,
    input: z.strictObject({
      id: z.string(),
      userId: z.string().min(1).max(200),
      role: z.enum(['owner', 'practice_owner', 'admin', 'member']),
      email: email.optional(),
    }),
    run: async (context, input) => {
      const accountId = await reachable(context, input.id)
      const role = input.role === 'practice_owner' ? 'owner' : input.role
      const member = { userId: input.userId, role, email: input.email ?? null }
      await context.db.tenant(accountId, (tx) => upsertMember(tx, { accountId, ...member }))
      return { body: member }
    },
  }),
  operation({
    name: 'removeMember',
    method: 'DELETE',
    paths: ['/api/accounts/:id/members/:userId'],
    summary: 'Remove a member',
    needs: billingManager,
    input: z.strictObject({ id: z.string(), userId: z.string() }),
    run: async (context, input) => {
      const accountId = await reachable(context, input.id)
      const removed = await context.db.tenant(accountId, (tx) => removeMember(tx, accountId, input.userId))
      return { body: { removed } }
    },
  }),
  operation({
    name: 'createSession',
    method: 'POST',
    paths: ['/api/sessions'],
    summary: 'A one-time link that opens the pages signed in for one account',
    needs: billingManager,
    input: z.strictObject({
      account: z.string().min(1),
      userId: z.string().min(1).max(200).optional(),
      role: z.enum(['owner', 'practice_owner', 'admin', 'member']).default('owner'),
      path: z
        .string()
        .regex(/^\/(?![/\\])[\w\-./?=&%]*$/, 'a path on this server, such as /dashboard/billing')
        .default('/dashboard/billing'),
    }),
    run: async (context, input) => {
      demandServer(context)
      const accountId = await resolveAccount(context.parts.db, input.account)
      const role = input.role === 'practice_owner' ? 'owner' : input.role
      const { token, expiresAt } = await createLink(context, {
        accountId,
        userId: input.userId ?? null,
        role,
        path: input.path,
      })
      return { status: 201, body: { url: `${context.parts.publicUrl}/session/${token}`, expiresAt } }
    },
  }),
]

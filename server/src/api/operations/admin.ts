import { z } from 'zod'
import { createKey } from '../../domain/accounts/create-key.ts'
import { SCOPES } from '../../domain/accounts/key.ts'
import { listAccounts } from '../../domain/accounts/reads.ts'
import { revokeKey } from '../../domain/accounts/revoke-key.ts'
import { listHistory } from '../../domain/invoices/reads.ts'
import { readAccess } from '../../domain/subscriptions/read-access.ts'
import { replayEvent } from '../../inbox/replay.ts'
import type { InboxEvent } from '../../inbox/store.ts'
import { listEvents } from '../../inbox/store.ts'
import { pageOf } from '../../lib/pagination.ts'
import { resolveAccount } from '../access.ts'
import type { Operation } from '../operation.ts'
import { operation, operator, pageInput } from '../operation.ts'
import { showHistory } from './billing.ts'

function showEvent(event: InboxEvent) {
  return {
    id: String(event.inboxId),
    source: event.source,
    externalId: event.externalId,
    type: event.type,
    status: event.status,
    attempts: event.attemptCount,
    error: event.lastError,
    occurredAt: event.occurredAt,
    receivedAt: event.receivedAt,
    handledAt: event.handledAt,
    accountId: event.accountId,
  }
}

export const adminOperations: Operation[] = [
  operation({
    name: 'adminListAccounts',
    method: 'GET',
    paths: ['/api/admin/accounts'],
    summary: 'Accounts, newest first, with plan, status and access',
    needs: operator,
    input: z.strictObject({ ...pageInput, search: z.string().max(200).optional() }),
    run: async ({ db, parts }, { limit, cursor, search }) => {
      const rows = await db.system((tx) => listAccounts(tx, { search, after: cursor, limit: limit + 1 }))
      const page = pageOf(rows, limit, (row) => ({ at: row.createdAt.toISOString(), id: row.accountId }))
      const data = await db.system((tx) =>
        Promise.all(
          page.data.map(async (account) => {
            const { access, subscription } = await readAccess(tx, parts, account.accountId)
            return {
              id: account.accountId,
              externalId: account.externalId,
              name: account.name,
              email: account.email,
              plan: access.plan,
              status: subscription?.status ?? null,
              access: access.state,
              createdAt: account.createdAt,
            }
          }),
        ),
      )
      return { body: { ...page, data } }
    },
  }),
  operation({
    name: 'adminTimeline',
    method: 'GET',
    paths: ['/api/admin/accounts/:id/timeline'],
    summary: "One account's story, newest first",
    needs: operator,
    input: z.strictObject({ ...pageInput, id: z.string() }),
    run: async ({ db, parts }, { id, limit, cursor }) => {
      const accountId = await resolveAccount(parts.db, id)
      const rows = await db.tenant(accountId, (tx) =>
        listHistory(tx, { accountId, after: cursor, limit: limit + 1 }),
      )
      const page = pageOf(rows, limit, (row) => ({ at: row.at.toISOString(), id: row.id }))
      return { body: { ...page, data: page.data.map(showHistory) } }
    },
  }),
  operation({
    name: 'adminListWebhooks',
    method: 'GET',
    paths: ['/api/admin/webhooks'],
    summary: 'Webhooks as they came, and what became of them',
    needs: operator,
    input: z.strictObject({
      ...pageInput,
      status: z.enum(['received', 'waiting', 'handled', 'ignored', 'dead']).optional(),
    }),
    run: async ({ db }, { limit, cursor, status }) => {
      const rows = await db.system((tx) => listEvents(tx, { status, after: cursor, limit: limit + 1 }))
      const page = pageOf(rows, limit, (row) => ({
        at: row.receivedAt.toISOString(),
        id: String(row.inboxId),
      }))
      return { body: { ...page, data: page.data.map(showEvent) } }
    },
  }),
  operation({
    name: 'adminReplayWebhook',
    method: 'POST',
    paths: ['/api/admin/webhooks/:id/replay'],
    summary: 'Handle a webhook once more',
    needs: operator,
    input: z.strictObject({ id: z.string() }),
    run: async ({ db }, { id }) => ({ body: showEvent(await replayEvent({ db }, id)) }),
  }),
  operation({
    name: 'adminCreateKey',
    method: 'POST',
    paths: ['/api/admin/keys'],
    summary: 'Make an API key; it is shown this once',
    needs: operator,
    input: z.strictObject({
      name: z.string().min(1).max(100),
      scopes: z.array(z.enum(SCOPES)).min(1),
    }),
    run: async ({ db }, input) => ({ status: 201, body: await createKey({ db }, input) }),
  }),
  operation({
    name: 'adminRevokeKey',
    method: 'DELETE',
    paths: ['/api/admin/keys/:id'],
    summary: 'Revoke an API key at once',
    needs: operator,
    input: z.strictObject({ id: z.string() }),
    run: async ({ db }, { id }) => ({ body: { revoked: await revokeKey({ db }, id) } }),
  }),
]

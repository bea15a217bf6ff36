import { z } from 'zod'
import { accountOf } from '../../domain/accounts/reads.ts'
import { countHeld } from '../../domain/numbers/reads.ts'
import { isServed } from '../../domain/subscriptions/access.ts'
import { readAccess } from '../../domain/subscriptions/read-access.ts'
import { check } from '../../domain/usage/check.ts'
import { consume } from '../../domain/usage/consume.ts'
import type { UsageInput } from '../../domain/usage/event.ts'
import { BATCH_MAX, checkEvents } from '../../domain/usage/event.ts'
import { standingAt } from '../../domain/usage/standing.ts'
import { summarize } from '../../domain/usage/summarize.ts'
import type { Tracked } from '../../domain/usage/track.ts'
import { track } from '../../domain/usage/track.ts'
import { Refusal } from '../../errors.ts'
import { businessNow } from '../../lib/clock.ts'
import type { Tx } from '../../lib/db.ts'
import { resolveAccount } from '../access.ts'
import type { Context, Operation } from '../operation.ts'
import { accountOfCall, noInput, operation, usageReader } from '../operation.ts'

const amount = z.union([z.number(), z.string().max(40)])
const word = z.string().min(1).max(200)

const event = z.strictObject({
  id: z.string().min(1).max(255),
  meter: z.string().min(1).max(40),
  quantity: amount.optional(),
  at: z.iso
    .datetime({ offset: true, error: 'an instant in ISO 8601 with its zone, such as 2026-01-31T12:00:00Z' })
    .transform((text) => new Date(text))
    .optional(),
  account: z.string().min(1).max(200).optional(),
  userId: word.optional(),
  entityType: word.optional(),
  entityId: word.optional(),
  costCents: amount.optional(),
  metadata: z.record(z.string().max(40), z.unknown()).optional(),
})

type Event = z.output<typeof event>

/** Whose use it is: the event's own word where a server reports for several accounts, else the call's account. */
async function ownerOf(context: Context, { account }: Event): Promise<string> {
  if (account === undefined) return accountOfCall(context)
  const accountId = await resolveAccount(context.parts.db, account)
  if (context.caller.via !== 'key' && accountId !== context.caller.accountId) {
    throw new Refusal('account_not_found', { account })
  }
  return accountId
}

function withoutAccount({ account: _, ...rest }: Event): UsageInput {
  return rest
}

async function trackAll(context: Context, input: Event | { events: Event[] }): Promise<Tracked> {
  const { db, parts } = context
  const isBatch = 'events' in input
  const events = isBatch ? input.events : [input]
  const owners = await Promise.all(events.map((each) => ownerOf(context, each)))
  const inputs = events.map(withoutAccount)
  const [accountId] = owners
  if (accountId !== undefined && owners.every((owner) => owner === accountId)) {
    return track({ db, catalogs: parts.catalogs }, { accountId, events: inputs, isBatch })
  }
  await checkAll(context, inputs)
  const total: Tracked = { accepted: 0, duplicates: 0, late: 0 }
  for (const owner of new Set(owners)) {
    const own = inputs.filter((_, index) => owners[index] === owner)
    const tracked = await track({ db, catalogs: parts.catalogs }, { accountId: owner, events: own })
    total.accepted += tracked.accepted
    total.duplicates += tracked.duplicates
    total.late += tracked.late
  }
  return total
}

/** Events of several accounts are checked together, so that a bad one leaves none of them written. */
async function checkAll({ db, parts }: Context, inputs: UsageInput[]): Promise<void> {
  await db.system(async (tx) => {
    const { catalog } = await parts.catalogs.current(tx)
    checkEvents(inputs, { now: await businessNow(tx), meters: catalog.meters, isBatch: true })
  })
}

async function hasAccess(context: Context, tx: Tx, accountId: string): Promise<boolean> {
  return isServed((await readAccess(tx, context.parts, accountId)).access)
}

export const usageOperations: Operation[] = [
  operation({
    name: 'trackUsage',
    method: 'POST',
    paths: ['/api/usage/track'],
    summary: 'Record what was used: one event, or up to 1,000; durable when answered, once per event id',
    needs: usageReader,
    input: z.union([z.strictObject({ events: z.array(event).min(1).max(BATCH_MAX) }), event], {
      error: (issue) => (issue.code === 'invalid_union' ? undefined : issue.message),
    }),
    run: async (context, input) => ({ body: await trackAll(context, input) }),
  }),
  operation({
    name: 'checkUsage',
    method: 'POST',
    paths: ['/api/usage/check'],
    summary: 'May this account use so much more of a meter, or has it a feature?',
    needs: usageReader,
    input: z.union([
      z.strictObject({ meter: z.string().min(1).max(40), quantity: amount.optional() }),
      z.strictObject({ feature: z.string().min(1).max(40) }),
    ]),
    run: async (context, input) => {
      const accountId = accountOfCall(context)
      const { catalogs } = context.parts
      return context.db.tenant(accountId, async (tx) => ({
        body: await check(
          { tx, catalogs },
          { accountId, hasAccess: await hasAccess(context, tx, accountId), ...input },
        ),
      }))
    },
  }),
  operation({
    name: 'consumeUsage',
    method: 'POST',
    paths: ['/api/usage/consume'],
    summary: 'Check and record in one atomic step; refused is an answer, not an error',
    needs: usageReader,
    input: event,
    run: async (context, input) => {
      const accountId = await ownerOf(context, input)
      const { db, parts } = context
      const isAllowed = await db.tenant(accountId, (tx) => hasAccess(context, tx, accountId))
      const asked = { accountId, event: withoutAccount(input), hasAccess: isAllowed }
      return { body: await consume({ db, catalogs: parts.catalogs }, asked) }
    },
  }),
  operation({
    name: 'summarizeUsage',
    method: 'GET',
    paths: ['/api/billing/usage'],
    summary: 'What was used in this period, what it includes, and what is over',
    needs: usageReader,
    input: noInput,
    run: async (context) => {
      const accountId = accountOfCall(context)
      const { catalogs } = context.parts
      return context.db.tenant(accountId, async (tx) => {
        const standing = await standingAt({ tx, catalogs }, { accountId, at: await businessNow(tx) })
        const { currency } = await accountOf(tx, accountId)
        const { catalog } = await catalogs.current(tx)
        const { startsAt, endsAt } = standing?.period ?? { startsAt: new Date(0), endsAt: new Date(0) }
        const numbersHeld = await countHeld(tx, accountId, { startsAt, endsAt })
        return { body: summarize(standing, { catalog, currency, numbersHeld }) }
      })
    },
  }),
]

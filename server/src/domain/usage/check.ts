import Big from 'big.js'
import { Refusal } from '../../errors.ts'
import { businessNow } from '../../lib/clock.ts'
import type { Tx } from '../../lib/db.ts'
import { accountOf } from '../accounts/reads.ts'
import type { Catalogs } from '../catalog/reads.ts'
import type { UsageAnswer } from './answer.ts'
import { answerOf, upgradeFor, upgradeForFeature } from './answer.ts'
import { quantityOf, requireMeter } from './event.ts'
import { metersFor } from './meters.ts'
import type { Standing } from './standing.ts'
import { standingAt } from './standing.ts'
import type { Counter } from './usage.ts'

type Deps = { tx: Tx; catalogs: Catalogs }

/** `hasAccess`: whether the account is served at all, which its subscription decides and not its use. */
export type CheckUsage = { accountId: string; hasAccess: boolean } & (
  | { meter: string; quantity?: number | string | undefined }
  | { feature: string }
)

/**
 * May this account use so much more of a meter, or has it a feature? Only reads, so the answer is true of now and
 * promises nothing: `consume` decides and records in one step.
 *
 * Throws Refusal `unknown_meter`, `unknown_feature` or `bad_input`.
 */
export async function check(deps: Deps, input: CheckUsage): Promise<UsageAnswer> {
  const { tx } = deps
  const { accountId, hasAccess } = input
  const now = await businessNow(tx)
  if ('feature' in input) {
    const standing = await standingAt(deps, { accountId, at: now })
    return checkFeature(deps, standing, input)
  }
  const quantity = quantityOf(input.quantity ?? 1)
  const { meter } = input
  requireMeter(await metersFor(deps, { accountId, now, named: [meter] }), meter)
  const standing = await standingAt(deps, { accountId, at: now })
  const counter = standing && (standing.counters.get(meter) ?? unlimited(meter, standing))
  return withUpgrade(
    deps,
    { accountId, counter, quantity },
    answerOf({ meter, counter, quantity, hasAccess }),
  )
}

// A meter younger than the plan's catalog is counted and never limited.
function unlimited(meter: string, { period }: Standing): Counter {
  const { startsAt, endsAt } = period
  const none = { used: new Big(0), reserved: new Big(0), included: null, overageCents: null }
  return { ...none, periodId: '', meter, startsAt, endsAt, isOpen: true, atLimit: 'allow' }
}

/** Names the plan that would lift a limit that was reached. */
export async function withUpgrade(
  { tx, catalogs }: Deps,
  { accountId, counter, quantity }: { accountId: string; counter: Counter | undefined; quantity: Big },
  answer: UsageAnswer,
): Promise<UsageAnswer> {
  if (answer.reason !== 'limit_reached' || counter === undefined) return answer
  const { catalog } = await catalogs.current(tx)
  const { currency } = await accountOf(tx, accountId)
  const upgrade = upgradeFor({ catalog, currency, counter, quantity })
  return upgrade === undefined ? answer : { ...answer, upgrade }
}

async function checkFeature(
  { tx, catalogs }: Deps,
  standing: Standing | undefined,
  { accountId, hasAccess, feature }: { accountId: string; hasAccess: boolean; feature: string },
): Promise<UsageAnswer> {
  const { catalog } = await catalogs.current(tx)
  const features = { ...standing?.catalog.features, ...catalog.features }
  if (!Object.hasOwn(features, feature)) {
    throw new Refusal('unknown_feature', { feature, features: Object.keys(features).join(', ') })
  }
  const nothing = { meter: null, limit: null, used: 0, reserved: 0, remaining: null, percent: null }
  const answer: UsageAnswer = { allowed: true, ...nothing, threshold: null, resetsAt: null }
  if (!hasAccess || standing === undefined) return { ...answer, allowed: false, reason: 'no_access' }
  if (standing.plan.features.includes(feature)) return answer
  const upgrade = upgradeForFeature(catalog, (await accountOf(tx, accountId)).currency, feature)
  return { ...answer, allowed: false, reason: 'not_in_plan', ...(upgrade === undefined ? {} : { upgrade }) }
}

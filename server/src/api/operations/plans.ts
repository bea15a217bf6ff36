import type { Plan } from '../../domain/catalog/catalog.ts'
import { readAccess } from '../../domain/subscriptions/read-access.ts'
import type { Operation } from '../operation.ts'
import { accountOfCall, noInput, operation, usageReader } from '../operation.ts'

function showPlan(plan: Plan, current: string | null) {
  return {
    slug: plan.slug,
    name: plan.name,
    description: plan.description,
    trialDays: plan.trialDays,
    features: plan.features,
    prices: plan.prices,
    limits: plan.limits,
    numbers: plan.numbers,
    free: plan.free,
    custom: plan.custom,
    ...(current === null ? {} : { current: plan.slug === current }),
  }
}

export const planOperations: Operation[] = [
  operation({
    name: 'getAccess',
    method: 'GET',
    paths: ['/api/access'],
    summary: 'What the account may use now, why, and what to do about it',
    needs: usageReader,
    input: noInput,
    run: async (context) => {
      const accountId = accountOfCall(context)
      const { access } = await context.db.tenant(accountId, (tx) => readAccess(tx, context.parts, accountId))
      return { body: access }
    },
  }),
  operation({
    name: 'listPlans',
    method: 'GET',
    paths: ['/api/plans'],
    summary: 'The plans on sale, and which of them the account has',
    needs: 'public',
    input: noInput,
    run: async ({ parts, db, caller }) => {
      const { catalog } = await db.system((tx) => parts.catalogs.current(tx))
      const { accountId } = caller
      const current =
        accountId === null
          ? null
          : (await db.tenant(accountId, (tx) => readAccess(tx, parts, accountId))).access.plan
      return {
        body: {
          plans: catalog.plans.filter((plan) => plan.public).map((plan) => showPlan(plan, current)),
          meters: catalog.meters,
          features: catalog.features,
        },
      }
    },
  }),
]

import Big from 'big.js'
import { z } from 'zod'

const slug = z.string().regex(/^[a-z][a-z0-9_-]{0,39}$/, 'lower-case letters, digits, _ and -, at most 40')
const currency = z
  .string()
  .regex(/^[a-zA-Z]{3}$/, 'a three-letter ISO currency code')
  .transform((code) => code.toLowerCase())
const cents = z.int().min(0).max(99_999_999)

/** A rate in cents that may be a fraction of one: at most twelve decimal places, as Stripe's unit_amount_decimal. */
const decimalCents = z.string().regex(/^\d{1,8}(\.\d{1,12})?$/, 'decimal cents as a string, such as "1.3"')

const meter = z.strictObject({
  name: z.string().min(1),
  unit: z.string().min(1),
  kind: z.enum(['counter', 'gauge']).default('counter'),
  /** The name of its cost in GET /api/billing/usage; `<meter>_overage` unless given. */
  costKey: slug.optional(),
  /** Whether a check that cannot be made (database down) lets the user through. */
  onFailure: z.enum(['open', 'closed']).default('open'),
})

const limit = z
  .strictObject({
    /** Units in the price; null is unlimited. */
    included: z.number().min(0).nullable(),
    atLimit: z.enum(['block', 'overage', 'allow']).default('block'),
    overageCents: decimalCents.optional(),
  })
  .refine((value) => (value.atLimit === 'overage') === (value.overageCents !== undefined), {
    message: 'overageCents is needed where atLimit is "overage", and only there',
    path: ['overageCents'],
  })

const price = z.strictObject({ interval: z.enum(['month', 'year']), currency, amountCents: cents })

const numbers = z.strictObject({
  /** How many come with the plan, bought when the subscription is active. */
  provisioned: z.int().min(0).max(10).default(0),
  country: z.string().length(2).default('US'),
  areaCode: z
    .string()
    .regex(/^\d{3}$/)
    .optional(),
  /** Billed at each renewal as a line of its own for every number held at any time in the period; not prorated. */
  monthlyCents: decimalCents.optional(),
  /** A Twilio subaccount of its own for each account. */
  dedicated: z.boolean().default(false),
})

const plan = z.strictObject({
  slug,
  name: z.string().min(1),
  description: z.string().default(''),
  public: z.boolean().default(true),
  /** Needs no Stripe subscription: what an account has that never subscribed, or whose subscription ended. */
  free: z.boolean().default(false),
  /** Given by an operator instead of bought at a checkout. */
  custom: z.boolean().default(false),
  trialDays: z.int().min(0).max(730).default(0),
  features: z.array(slug).default([]),
  prices: z.array(price).default([]),
  limits: z.record(slug, limit).default({}),
  numbers: numbers.nullable().default(null),
})

const catalogSchema = z
  .strictObject({
    name: z.string().min(1),
    currency,
    meters: z.record(slug, meter),
    features: z.record(slug, z.strictObject({ name: z.string().min(1) })).default({}),
    plans: z.array(plan).min(1),
    overage: z
      .strictObject({
        /** How long before Stripe finalises the renewal's draft the period is frozen and its overage added. */
        freezeMinutesBefore: z.int().min(1).max(55).default(15),
      })
      .default({ freezeMinutesBefore: 15 }),
    access: z
      .strictObject({ graceDays: z.int().min(0).default(7), suspendAfterDays: z.int().min(0).default(21) })
      .default({ graceDays: 7, suspendAfterDays: 21 }),
  })
  .superRefine((catalog, check) => {
    const fail = (path: (string | number)[], message: string) =>
      check.addIssue({ code: 'custom', path, message })
    const slugs = new Set<string>()
    if (catalog.plans.filter((each) => each.free).length > 1) fail(['plans'], 'only one plan can be free')
    if (NUMBERS_HELD in catalog.meters)
      fail(['meters', NUMBERS_HELD], 'this name is kept for the charge for numbers')
    catalog.plans.forEach((each, index) => {
      const at = (...path: (string | number)[]) => ['plans', index, ...path]
      if (slugs.has(each.slug)) fail(at('slug'), `another plan is already called ${each.slug}`)
      slugs.add(each.slug)
      const isSold = !each.free && !each.custom
      if (isSold && each.prices.length === 0)
        fail(at('prices'), 'a plan that is neither free nor custom needs a price')
      if (each.free && each.prices.length > 0) fail(at('prices'), 'a free plan has no price')
      const priced = new Set<string>()
      for (const [n, one] of each.prices.entries()) {
        const key = `${one.interval} ${one.currency}`
        if (priced.has(key))
          fail(at('prices', n), `there is already a price per ${one.interval} in ${one.currency}`)
        priced.add(key)
      }
      for (const name of each.features) {
        if (!(name in catalog.features)) fail(at('features'), `no such feature: ${name}`)
      }
      for (const name of Object.keys(catalog.meters)) {
        if (!(name in each.limits)) fail(at('limits'), `say what this plan includes of ${name}`)
      }
      for (const name of Object.keys(each.limits)) {
        if (!(name in catalog.meters))
          fail(at('limits', name), `no such meter; meters: ${Object.keys(catalog.meters).join(', ')}`)
      }
    })
  })

/** What a host app writes in its catalog file: meters, features, plans. Defaults may be left out. */
export type CatalogInput = z.input<typeof catalogSchema>
/** A checked catalog with every default filled in. */
export type Catalog = z.output<typeof catalogSchema>
export type Plan = Catalog['plans'][number]
export type Limit = Plan['limits'][string]
export type Interval = 'month' | 'year'

/** The name under which the charge for numbers held is sealed and shown. */
export const NUMBERS_HELD = 'phone_number'

export type CatalogProblem = { path: string; message: string }

/** Checks a catalog; every problem names its exact path and what is allowed there. */
export function checkCatalog(
  input: unknown,
): { catalog: Catalog; problems?: undefined } | { catalog?: undefined; problems: CatalogProblem[] } {
  const result = catalogSchema.safeParse(input)
  if (result.success) return { catalog: result.data }
  return {
    problems: result.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
  }
}

export function planOf(catalog: Catalog, name: string): Plan | undefined {
  return catalog.plans.find((each) => each.slug === name)
}

export function freePlanOf(catalog: Catalog): Plan | undefined {
  return catalog.plans.find((each) => each.free)
}

/** What a plan gives of a meter. A meter younger than the plan's catalog version is counted and never charged. */
export function limitOf(plan: Plan, meter: string): Limit {
  return plan.limits[meter] ?? { included: null, atLimit: 'allow' }
}

/** The stable name of a price at Stripe: it finds the price again however often the catalog is applied. */
export function lookupKey(plan: string, price: { interval: Interval; currency: string }): string {
  return `tollgate:${plan}:${price.interval}:${price.currency}`
}

/** The name of a meter's cost in the usage answer. */
export function costKeyOf(catalog: Catalog, meter: string): string {
  return catalog.meters[meter]?.costKey ?? `${meter}_overage`
}

/** A rate as an exact decimal. */
export function rateOf(limit: Limit): Big {
  return new Big(limit.overageCents ?? '0')
}

/** The product at Stripe under which a meter's overage stands on invoices. */
export function overageProductId(meter: string): string {
  return `tollgate_overage_${meter}`
}

/** The product at Stripe of a plan. */
export function planProductId(plan: string): string {
  return `tollgate_plan_${plan}`
}

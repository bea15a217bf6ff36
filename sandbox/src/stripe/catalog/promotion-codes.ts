import { randomId } from '../../ids.ts'
import { invalid, missing } from '../api/errors.ts'
import { page, pagingAndCreated } from '../api/lists.ts'
import {
  boolean,
  clearable,
  integer,
  mergeMetadata,
  metadata,
  notYetAll,
  object,
  oneOf,
  required,
  text,
  type Values,
} from '../api/params.ts'
import { findCustomer } from '../customers/balance.ts'
import { change, emit } from '../events/events.ts'
import { checkCurrency } from '../money/check-currency.ts'
import { type Call, longId, operation, present, type Resource, type Stored, type World } from '../world.ts'
import { type Coupon, findCoupon, isValid } from './coupons.ts'
import { byCurrency } from './price-parameters.ts'

export type PromotionCode = Stored & {
  active: boolean
  code: string
  created: number
  customer: string | null
  expires_at: number | null
  max_redemptions: number | null
  metadata: Record<string, string>
  promotion: { coupon: string; type: 'coupon' }
  restrictions: {
    first_time_transaction: boolean
    minimum_amount: number | null
    minimum_amount_currency: string | null
  }
  times_redeemed: number
  hidden: { minimums: Minimums }
}
/** The smallest purchase in further currencies. */
type Minimums = Record<string, { minimum_amount: number }>

/** The smallest purchase in a currency; null where the code says nothing of it. */
export function minimumIn({ restrictions, hidden }: PromotionCode, currency: string): number | null {
  if (currency === restrictions.minimum_amount_currency) return restrictions.minimum_amount
  return hidden.minimums[currency]?.minimum_amount ?? null
}

export function findPromotionCode(world: World, id: string, param = 'id'): PromotionCode {
  const found = world.store.get<PromotionCode>('promotion_code', id)
  if (!found) throw missing('promotion code', id, param)
  return found
}

/** Whether the code can be used now: switched on, not expired, not used up, and its coupon valid. */
export function isActive(world: World, code: PromotionCode): boolean {
  const coupon = world.store.get<Coupon>('coupon', code.promotion.coupon)
  return (
    code.active &&
    coupon !== undefined &&
    isValid(world, coupon) &&
    (code.expires_at === null || code.expires_at > world.clock.now()) &&
    (code.max_redemptions === null || code.times_redeemed < code.max_redemptions)
  )
}

/** The active code that a person means; capitals do not matter. One of the customer's own goes before one for all. */
export function activeCode(world: World, typed: string, customer: string | null): PromotionCode | undefined {
  const fitting = world.store
    .by<PromotionCode>('promotion_code', 'code', typed.toUpperCase())
    .filter((code) => isActive(world, code) && (code.customer === null || code.customer === customer))
  return fitting.find((code) => code.customer !== null) ?? fitting[0]
}

const currencyOptions = byCurrency(object({ minimum_amount: required(integer) }))

const creation = {
  promotion: required(object({ type: required(oneOf('coupon')), coupon: required(text) })),
  active: boolean,
  code: text,
  customer: text,
  expires_at: integer,
  max_redemptions: integer,
  metadata,
  restrictions: object({
    first_time_transaction: boolean,
    minimum_amount: integer,
    minimum_amount_currency: text,
    currency_options: currencyOptions,
  }),
  ...notYetAll('customer_account'),
}
type Given = Values<typeof creation>

function restrictionsOf(given: Given): PromotionCode['restrictions'] {
  const {
    first_time_transaction: first,
    minimum_amount: minimum,
    minimum_amount_currency: currency,
  } = given.restrictions ?? {}
  if ((minimum === undefined) !== (currency === undefined)) {
    throw invalid('minimum_amount and minimum_amount_currency are needed together.', {
      param: 'restrictions[minimum_amount_currency]',
    })
  }
  return {
    first_time_transaction: first ?? false,
    minimum_amount: minimum ?? null,
    minimum_amount_currency:
      currency === undefined ? null : checkCurrency(currency, 'restrictions[minimum_amount_currency]'),
  }
}

function minimumsOf(asked: Minimums, own: PromotionCode['restrictions']): Minimums {
  for (const currency of Object.keys(asked)) {
    const param = `restrictions[currency_options][${currency}]`
    if (own.minimum_amount === null)
      throw invalid('currency_options are only taken beside minimum_amount and its currency.', { param })
    if (currency === own.minimum_amount_currency)
      throw invalid(`currency_options must differ from the minimum_amount_currency (${currency}).`, { param })
  }
  return asked
}

/** Active codes differ, but for those of different customers. */
function checkUnique(world: World, code: string, customer: string | null): void {
  const taken = world.store
    .by<PromotionCode>('promotion_code', 'code', code.toUpperCase())
    .some((one) => isActive(world, one) && one.customer === customer)
  if (taken)
    throw invalid(`An active promotion code with \`code: ${code}\` already exists.`, {
      param: 'code',
      code: 'resource_already_exists',
    })
}

function create({ world, params }: Call<Given>): object {
  const coupon = findCoupon(world, params.promotion.coupon, 'promotion[coupon]')
  const { customer = null, expires_at: expires = null, max_redemptions: max = null } = params
  if (customer !== null) findCustomer(world, customer, 'customer')
  const code = params.code ?? randomId('', 8).toUpperCase()
  if (!/^[A-Za-z0-9-]+$/.test(code))
    throw invalid('A promotion code can only have letters (a-z, A-Z), digits (0-9) and dashes (-).', {
      param: 'code',
    })
  if (expires !== null && (expires <= world.clock.now() || expires > (coupon.redeem_by ?? Infinity))) {
    throw invalid("expires_at must be in the future and not after the coupon's redeem_by.", {
      param: 'expires_at',
    })
  }
  if (max !== null && (max < 1 || max > (coupon.max_redemptions ?? Infinity))) {
    throw invalid("max_redemptions must be at least 1 and not above the coupon's own.", {
      param: 'max_redemptions',
    })
  }
  if (params.active !== false) checkUnique(world, code, customer)
  const restrictions = restrictionsOf(params)
  const stored = world.store.put<PromotionCode>('promotion_code', {
    id: longId('promo_'),
    object: 'promotion_code',
    active: params.active ?? true,
    code,
    created: world.clock.now(),
    customer,
    ...{ customer_account: null },
    expires_at: expires,
    ...{ livemode: false },
    max_redemptions: max,
    metadata: mergeMetadata({}, params.metadata),
    promotion: { coupon: coupon.id, type: 'coupon' },
    restrictions,
    times_redeemed: 0,
    hidden: { minimums: minimumsOf(params.restrictions?.currency_options ?? {}, restrictions) },
  })
  emit(world, 'promotion_code.created', stored)
  return present(world, stored)
}

export const promotionCodes: Resource = {
  object: 'promotion_code',
  view: (world, { hidden, ...code }: PromotionCode) => ({
    ...code,
    active: isActive(world, { ...code, hidden }),
  }),
  links: {
    customer: 'customer',
    'promotion.coupon': 'coupon',
    'restrictions.currency_options': (world, shown) => {
      const code = world.store.get<PromotionCode>('promotion_code', String(shown.id))
      const { minimum_amount: minimum, minimum_amount_currency: currency } = code?.restrictions ?? {}
      if (!code || minimum == null || currency == null) return undefined
      return { [currency]: { minimum_amount: minimum }, ...code.hidden.minimums }
    },
  },
  start(world) {
    world.store.index<PromotionCode>('promotion_code', 'code', ({ code }) => code.toUpperCase())
  },
  operations: [
    operation('POST /v1/promotion_codes', creation, create),
    operation(
      'GET /v1/promotion_codes',
      {
        ...pagingAndCreated,
        active: boolean,
        code: text,
        coupon: text,
        customer: text,
        ...notYetAll('customer_account'),
      },
      (call) => {
        const { world, params } = call
        const fits = (one: PromotionCode) =>
          (params.active === undefined || isActive(world, one) === params.active) &&
          (params.code === undefined || one.code.toUpperCase() === params.code.toUpperCase()) &&
          (params.coupon === undefined || one.promotion.coupon === params.coupon) &&
          (params.customer === undefined || one.customer === params.customer)
        return page(call, [...world.store.all<PromotionCode>('promotion_code')].filter(fits))
      },
    ),
    operation('GET /v1/promotion_codes/{id}', {}, ({ world, ids }) =>
      present(world, findPromotionCode(world, ids.id ?? '')),
    ),
    operation(
      'POST /v1/promotion_codes/{id}',
      {
        active: boolean,
        metadata: clearable(metadata),
        restrictions: object({ currency_options: currencyOptions }),
      },
      ({ world, params, ids }) => {
        const before = findPromotionCode(world, ids.id ?? '')
        const { active = before.active, metadata: given } = params
        if (active && !before.active) checkUnique(world, before.code, before.customer)
        const asked = params.restrictions?.currency_options ?? {}
        const minimums = { ...before.hidden.minimums, ...minimumsOf(asked, before.restrictions) }
        const changes = { active, metadata: mergeMetadata(before.metadata, given), hidden: { minimums } }
        return present(world, change(world, before, changes, 'promotion_code.updated'))
      },
    ),
  ],
}

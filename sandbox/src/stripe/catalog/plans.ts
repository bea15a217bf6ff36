import { invalid, missing } from '../api/errors.ts'
import { page, pagingAndCreated } from '../api/lists.ts'
import {
  boolean,
  clearable,
  count,
  decimalCount,
  either,
  list,
  mergeMetadata,
  metadata,
  object,
  oneOf,
  required,
  text,
  type Values,
} from '../api/params.ts'
import { change, emit, emitShown, previousAttributes } from '../events/events.ts'
import { checkCurrency } from '../money/check-currency.ts'
import { type Call, operation, present, type Resource, type World } from '../world.ts'
import { createPrice } from './create-price.ts'
import { amountsOf, tierParam } from './price-parameters.ts'
import { type Price, planOf } from './prices.ts'
import { createProduct, findProduct, taxDetails } from './products.ts'

const newProduct = object({
  id: text,
  name: required(text),
  active: boolean,
  metadata,
  statement_descriptor: text,
  tax_code: text,
  unit_label: text,
  tax_details: taxDetails,
})

const creation = {
  currency: required(text),
  interval: required(oneOf('day', 'week', 'month', 'year')),
  active: boolean,
  amount: count,
  amount_decimal: decimalCount,
  billing_scheme: oneOf('per_unit', 'tiered'),
  id: text,
  interval_count: count,
  metadata: clearable(metadata),
  meter: text,
  nickname: text,
  product: either(text, newProduct),
  tiers: list(tierParam),
  tiers_mode: oneOf('graduated', 'volume'),
  transform_usage: object({ divide_by: required(count), round: required(oneOf('down', 'up')) }),
  trial_period_days: count,
  usage_type: oneOf('licensed', 'metered'),
}

function findPlan(world: World, id = ''): Price {
  const found = world.store.get<Price>('price', id)
  if (!found?.recurring || found.hidden.deleted) throw missing('plan', id)
  return found
}

function create({ world, params }: Call<Values<typeof creation>>): object {
  if (params.id !== undefined && world.store.get('price', params.id))
    throw invalid('Plan already exists.', { code: 'resource_already_exists', param: 'id' })
  if (params.product === undefined)
    throw invalid('Missing required param: product.', { param: 'product', code: 'parameter_missing' })
  const { amount, amount_decimal: exact, interval, interval_count, meter, usage_type } = params
  const scheme = params.billing_scheme ?? 'per_unit'
  const { tiers, tiers_mode, transform_usage: transform } = params
  if (scheme === 'tiered' && tiers_mode === undefined)
    throw invalid('Missing required param: tiers_mode.', { param: 'tiers_mode', code: 'parameter_missing' })
  if (scheme === 'tiered' && transform)
    throw invalid('You may only specify one of these parameters: tiers, transform_usage.', { param: 'tiers' })
  const units = {
    ...(amount === undefined ? {} : { unit_amount: amount }),
    ...(exact === undefined ? {} : { unit_amount_decimal: exact }),
    ...(tiers ? { tiers } : {}),
  }
  const amounts = amountsOf(units, scheme)
  const currency = checkCurrency(params.currency)
  const product =
    typeof params.product === 'string'
      ? findProduct(world, params.product, 'product')
      : createProduct(world, params.product as { name: string })
  const every = {
    interval,
    ...(interval_count === undefined ? {} : { interval_count }),
    ...(meter === undefined ? {} : { meter }),
    ...(params.trial_period_days === undefined ? {} : { trial_period_days: params.trial_period_days }),
    ...(usage_type === undefined ? {} : { usage_type }),
  }
  const about = {
    ...amounts,
    currency,
    product: product.id,
    recurring: every,
    active: params.active ?? true,
    metadata: params.metadata ?? {},
    nickname: params.nickname ?? null,
    ...(tiers_mode ? { tiers_mode } : {}),
    ...(transform ? { transform_quantity: transform } : {}),
  }
  return planOf(createPrice(world, about, params.id))
}

const updating = {
  active: boolean,
  metadata: clearable(metadata),
  nickname: text,
  product: text,
  trial_period_days: count,
}

function update({ world, params, ids }: Call<Values<typeof updating>>): object {
  const before = findPlan(world, ids.id)
  const { metadata: given, trial_period_days: days, ...rest } = params
  if (rest.product !== undefined) findProduct(world, rest.product, 'product')
  const changes = {
    ...rest,
    metadata: mergeMetadata(before.metadata, given),
    ...(days === undefined || !before.recurring
      ? {}
      : { recurring: { ...before.recurring, trial_period_days: days } }),
  } as Partial<Price>
  const after = change(world, before, changes, 'price.updated')
  const [was, is] = [planOf(before), planOf(after)]
  const previous = previousAttributes({ ...was }, { ...is })
  if (Object.keys(previous).length) emitShown(world, 'plan.updated', { ...is }, previous)
  return is
}

/** Recurring prices in their older form: one object under both names. A deleted one goes on in its subscriptions. */
export const plans: Resource = {
  object: 'plan',
  links: {
    product: 'product',
    tiers: (world, plan) => world.store.get<Price>('price', String(plan.id))?.hidden.tiers ?? undefined,
  },
  operations: [
    operation('POST /v1/plans', creation, create),
    operation('GET /v1/plans', { ...pagingAndCreated, active: boolean, product: text }, (call) => {
      const { active, product } = call.params
      const { store } = call.world
      const from =
        product === undefined ? store.all<Price>('price') : store.by<Price>('price', 'product', product)
      const fits = (price: Price) =>
        price.recurring !== null && !price.hidden.deleted && (active === undefined || price.active === active)
      return page(
        call,
        [...from].filter(fits).map((price) => ({ ...planOf(price), id: price.id, object: 'plan' })),
      )
    }),
    operation('GET /v1/plans/{id}', {}, ({ world, ids }) => planOf(findPlan(world, ids.id))),
    operation('POST /v1/plans/{id}', updating, update),
    operation('DELETE /v1/plans/{id}', {}, ({ world, ids }) => {
      const plan = findPlan(world, ids.id)
      emit(world, 'plan.deleted', planOf(plan))
      emitShown(world, 'price.deleted', present(world, plan))
      world.store.put<Price>('price', {
        ...plan,
        active: false,
        lookup_key: null,
        hidden: { ...plan.hidden, deleted: true },
      })
      return { id: plan.id, object: 'plan', deleted: true }
    }),
  ],
}

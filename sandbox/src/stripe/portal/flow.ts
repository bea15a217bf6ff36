import { invalid, missing } from '../api/errors.ts'
import { count, list, notYetAll, notYetValues, object, oneOf, required, text } from '../api/params.ts'
import { type Asked, findRedeemable } from '../discounts/redeem.ts'
import { ended, itemsOf, type Subscription } from '../subscriptions/subscription.ts'
import type { World } from '../world.ts'
import { checkChange } from './change-plan.ts'
import type { Configuration } from './configuration.ts'

const ofSubscription = object({ subscription: required(text), ...notYetAll('retention') })

export const flowData = object({
  after_completion: object({
    hosted_confirmation: object({ custom_message: text }),
    redirect: object({ return_url: required(text) }),
    type: required(oneOf('hosted_confirmation', 'portal_homepage', 'redirect')),
  }),
  subscription_cancel: ofSubscription,
  subscription_update: object({ subscription: required(text) }),
  subscription_update_confirm: object({
    discounts: list(object({ coupon: text, promotion_code: text })),
    items: required(list(object({ id: required(text), price: text, quantity: count }))),
    subscription: required(text),
  }),
  type: required(
    notYetValues(
      oneOf(
        'customer_update',
        'payment_method_update',
        'subscription_cancel',
        'subscription_update',
        'subscription_update_confirm',
      ),
      'subscription_pause',
    ),
  ),
  ...notYetAll('subscription_pause'),
})
type Given = NonNullable<ReturnType<(typeof flowData)['parse']>>

export type Flow = {
  after_completion: {
    hosted_confirmation: { custom_message: string | null } | null
    redirect: { return_url: string } | null
    type: 'hosted_confirmation' | 'portal_homepage' | 'redirect'
  }
  customer_update: object | null
  subscription_cancel: { retention: null; subscription: string } | null
  subscription_pause: null
  subscription_update: { subscription: string } | null
  subscription_update_confirm: {
    discounts: { coupon: string | null; promotion_code: string | null }[] | null
    items: { id: string | null; price: string | null; quantity?: number }[]
    subscription: string
  } | null
  type: Given['type']
}

type About = { customer: string; configuration: Configuration }

const features = {
  customer_update: 'customer_update',
  payment_method_update: 'payment_method_update',
  subscription_cancel: 'subscription_cancel',
  subscription_update: 'subscription_update',
  subscription_update_confirm: 'subscription_update',
} as const

/** The subscription that a flow is about, refused where it is not the customer's or is over. */
function subscriptionOf(world: World, id: string, { customer }: About, param: string): Subscription {
  const found = world.store.get<Subscription>('subscription', id)
  if (!found || found.customer !== customer) throw missing('subscription', id, param)
  if (ended(found))
    throw invalid(`This subscription cannot be changed because it is ${found.status}.`, { param })
  return found
}

function afterCompletion(given: Given['after_completion']): Flow['after_completion'] {
  const type = given?.type ?? 'portal_homepage'
  if (type === 'redirect' && !given?.redirect)
    throw invalid('Missing required param: flow_data[after_completion][redirect].', {
      param: 'flow_data[after_completion][redirect]',
      code: 'parameter_missing',
    })
  return {
    hosted_confirmation:
      type === 'hosted_confirmation'
        ? { custom_message: given?.hosted_confirmation?.custom_message ?? null }
        : null,
    redirect: type === 'redirect' && given?.redirect ? given.redirect : null,
    type,
  }
}

type Confirm = NonNullable<Given['subscription_update_confirm']>

function confirmOf(
  world: World,
  given: Confirm,
  about: About,
): NonNullable<Flow['subscription_update_confirm']> {
  const param = 'flow_data[subscription_update_confirm]'
  const subscription = subscriptionOf(world, given.subscription, about, `${param}[subscription]`)
  const [item, second] = given.items
  if (!item || second)
    throw invalid('You must specify exactly one item to update.', { param: `${param}[items]` })
  const before = itemsOf(world, subscription.id).find(({ id }) => id === item.id)
  if (!before) throw missing('subscription_item', item.id, `${param}[items][0][id]`)
  const change = { price: item.price ?? before.price, quantity: item.quantity ?? before.quantity ?? 1 }
  checkChange(world, about.configuration, subscription, change, `${param}[items][0]`)
  const asked: Asked[] = given.discounts ?? []
  if (asked.length > 1) throw invalid('You may only specify one discount.', { param: `${param}[discounts]` })
  const purchase = { customer: subscription.customer, currency: subscription.currency, subtotal: 0 }
  for (const one of asked) findRedeemable(world, one, purchase, `${param}[discounts][0]`)
  return {
    discounts:
      given.discounts?.map(({ coupon = null, promotion_code: code = null }) => ({
        coupon,
        promotion_code: code,
      })) ?? null,
    items: [
      {
        id: item.id,
        price: item.price ?? null,
        ...(item.quantity === undefined ? {} : { quantity: item.quantity }),
      },
    ],
    subscription: subscription.id,
  }
}

function cancelOf(world: World, id: string, about: About): NonNullable<Flow['subscription_cancel']> {
  const param = 'flow_data[subscription_cancel][subscription]'
  const subscription = subscriptionOf(world, id, about, param)
  if (subscription.cancel_at_period_end)
    throw invalid('This subscription cannot be canceled because it is already set to be canceled.', { param })
  return { retention: null, subscription: subscription.id }
}

/** The flow of a new session, refused where its configuration or the subscription does not allow it. */
export function flowOf(world: World, given: Given, about: About): Flow {
  const { type } = given
  const feature = features[type]
  if (!about.configuration.features[feature].enabled) {
    const name = feature.replaceAll('_', ' ')
    throw invalid(
      `This flow cannot be used because the ${name} feature in the portal configuration is disabled.`,
      { param: 'flow_data[type]' },
    )
  }
  const needed = type === 'customer_update' || type === 'payment_method_update' ? undefined : type
  if (needed && !given[needed])
    throw invalid(`Missing required param: flow_data[${needed}].`, {
      param: `flow_data[${needed}]`,
      code: 'parameter_missing',
    })
  const {
    subscription_cancel: cancel,
    subscription_update: update,
    subscription_update_confirm: confirm,
  } = given
  return {
    after_completion: afterCompletion(given.after_completion),
    customer_update: type === 'customer_update' ? {} : null,
    subscription_cancel:
      type === 'subscription_cancel' && cancel ? cancelOf(world, cancel.subscription, about) : null,
    subscription_pause: null,
    subscription_update:
      type === 'subscription_update' && update
        ? {
            subscription: subscriptionOf(
              world,
              update.subscription,
              about,
              'flow_data[subscription_update][subscription]',
            ).id,
          }
        : null,
    subscription_update_confirm:
      type === 'subscription_update_confirm' && confirm ? confirmOf(world, confirm, about) : null,
    type,
  }
}

import { findCustomer } from './balance.ts'
import { cardOf } from './cards.ts'
import { missing } from './errors.ts'
import { change } from './events.ts'
import { notYetAll, object, oneOf, required, text } from './params.ts'
import { attachTo, createPaymentMethod, markSetUp, type PaymentMethod } from './payment-methods.ts'
import { ended, type Subscription } from './subscriptions/subscription.ts'
import { longId, operation, type Resource, type Stored, type World } from './world.ts'

export type PortalSession = Stored & {
  created: number
  customer: string
  return_url: string | null
  url: string
}

export function findPortalSession(world: World, id: string): PortalSession {
  const found = world.store.get<PortalSession>('billing_portal.session', id)
  if (!found) throw missing('billing portal session', id)
  return found
}

/**
 * What a person does in the portal: a new card becomes the default of the customer and of its live subscriptions.
 * A 402 where the bank refuses it.
 */
export function replaceCard(
  world: World,
  customerId: string,
  number: string,
  expiry: { exp_month?: number; exp_year?: number } = {},
): PaymentMethod {
  const card = cardOf(number)
  const customer = findCustomer(world, customerId)
  const method = attachTo(
    world,
    createPaymentMethod(world, card, { ...expiry, billing: { email: customer.email, name: customer.name } })
      .id,
    customer.id,
  )
  if (card.threeDSecure) markSetUp(world, method.id)
  const settings = { ...customer.invoice_settings, default_payment_method: method.id }
  change(world, findCustomer(world, customer.id), { invoice_settings: settings }, 'customer.updated')
  for (const subscription of world.store.by<Subscription>('subscription', 'customer', customer.id)) {
    if (ended(subscription) || subscription.default_payment_method === null) continue
    change(world, subscription, { default_payment_method: method.id }, 'customer.subscription.updated')
  }
  return method
}

export const portalSessions: Resource = {
  object: 'billing_portal.session',
  links: { configuration: 'billing_portal.configuration' },
  operations: [
    operation(
      'POST /v1/billing_portal/sessions',
      {
        customer: required(text),
        return_url: text,
        locale: text,
        flow_data: object({
          type: required(oneOf('payment_method_update')),
          ...notYetAll(
            'after_completion',
            'subscription_cancel',
            'subscription_update',
            'subscription_update_confirm',
          ),
        }),
        ...notYetAll('configuration', 'customer_account', 'on_behalf_of'),
      },
      ({ world, params }) => {
        const customer = findCustomer(world, params.customer, 'customer')
        const id = longId('bps_')
        const flow = params.flow_data
          ? {
              after_completion: { hosted_confirmation: null, redirect: null, type: 'portal_homepage' },
              customer_update: null,
              subscription_cancel: null,
              subscription_update: null,
              subscription_update_confirm: null,
              type: params.flow_data.type,
            }
          : null
        return world.store.put('billing_portal.session', {
          id,
          object: 'billing_portal.session',
          configuration: 'bpc_1SandboxDefaultPortal0001',
          created: world.clock.now(),
          customer: customer.id,
          customer_account: null,
          flow,
          livemode: false,
          locale: params.locale ?? null,
          on_behalf_of: null,
          return_url: params.return_url ?? null,
          url: `${world.address()}/p/session/${id}`,
        })
      },
    ),
  ],
}

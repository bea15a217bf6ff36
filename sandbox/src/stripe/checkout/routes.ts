import { page, paging, pagingAndCreated } from '../api/lists.ts'
import { notYetAll, object, oneOf, required, text } from '../api/params.ts'
import { innerList, operation, present, type Resource, type Stored } from '../world.ts'
import { create } from './create.ts'
import { shownLines } from './items.ts'
import { creation, updating } from './parameters.ts'
import { expireSession, findSession, type Session } from './session.ts'
import { update } from './update.ts'

export const checkoutSessions: Resource = {
  object: 'checkout.session',
  links: {
    customer: 'customer',
    'discounts.coupon': 'coupon',
    'discounts.promotion_code': 'promotion_code',
    invoice: 'invoice',
    payment_intent: 'payment_intent',
    payment_link: 'payment_link',
    setup_intent: 'setup_intent',
    subscription: 'subscription',
    line_items: (world, session) => {
      const stored = findSession(world, String(session.id))
      return innerList(`/v1/checkout/sessions/${stored.id}/line_items`, shownLines(world, stored), 10)
    },
  },
  start(world) {
    world.store.index<Session>('checkout.session', 'customer', ({ customer }) => customer)
    world.store.index<Session>('checkout.session', 'payment_intent', ({ payment_intent: intent }) => intent)
    world.store.index<Session>('checkout.session', 'setup_intent', ({ setup_intent: intent }) => intent)
    world.store.index<Session>('checkout.session', 'subscription', ({ subscription }) => subscription)
    world.clock.on('checkout.expire', ({ object }) => {
      const session = world.store.get<Session>('checkout.session', object)
      if (session?.status === 'open') expireSession(world, session)
    })
  },
  operations: [
    operation('POST /v1/checkout/sessions', creation, create),
    operation(
      'GET /v1/checkout/sessions',
      {
        ...pagingAndCreated,
        customer: text,
        subscription: text,
        status: oneOf('complete', 'expired', 'open'),
        payment_intent: text,
        customer_details: object({ email: required(text) }),
        ...notYetAll('customer_account', 'payment_link'),
      },
      (call) => {
        const {
          customer,
          subscription,
          status,
          payment_intent: intent,
          customer_details: details,
        } = call.params
        const { store } = call.world
        const from =
          subscription !== undefined
            ? store.by<Session>('checkout.session', 'subscription', subscription)
            : intent !== undefined
              ? store.by<Session>('checkout.session', 'payment_intent', intent)
              : customer !== undefined
                ? store.by<Session>('checkout.session', 'customer', customer)
                : [...store.all<Session>('checkout.session')]
        const fits = (session: Session) =>
          (status === undefined || session.status === status) &&
          (customer === undefined || session.customer === customer) &&
          (intent === undefined || session.payment_intent === intent) &&
          (details === undefined || session.customer_details?.email === details.email)
        return page(call, from.filter(fits))
      },
    ),
    operation('GET /v1/checkout/sessions/{id}', {}, ({ world, ids }) =>
      present(world, findSession(world, ids.id ?? '')),
    ),
    operation('POST /v1/checkout/sessions/{id}', updating, update),
    operation('POST /v1/checkout/sessions/{id}/expire', {}, ({ world, ids }) =>
      present(world, expireSession(world, findSession(world, ids.id ?? ''))),
    ),
    operation('GET /v1/checkout/sessions/{id}/line_items', paging, (call) => {
      const lines = shownLines(call.world, findSession(call.world, call.ids.id ?? ''))
      return page(call, lines.reverse() as unknown as Stored[])
    }),
  ],
}

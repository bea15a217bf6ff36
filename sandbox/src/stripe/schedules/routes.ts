import { invalid } from '../api/errors.ts'
import { page, pagingAndCreated } from '../api/lists.ts'
import { boolean, inRange, notYetAll, type Range, range, text } from '../api/params.ts'
import { operation, present, type Resource } from '../world.ts'
import { startSchedules } from './course.ts'
import { cancelling, creation, releasing, updating } from './parameters.ts'
import { cancel, create, release, update } from './requests.ts'
import { findSchedule, type Schedule, viewSchedule } from './schedule.ts'

const instants = ['canceled_at', 'completed_at', 'released_at'] as const

const within = (at: number | null, wanted: Range | undefined) =>
  wanted === undefined || (at !== null && inRange(at, wanted))

export const subscriptionSchedules: Resource = {
  object: 'subscription_schedule',
  view: viewSchedule,
  links: {
    application: 'application',
    customer: 'customer',
    'default_settings.default_payment_method': 'payment_method',
    'phases.add_invoice_items.discounts.coupon': 'coupon',
    'phases.add_invoice_items.discounts.promotion_code': 'promotion_code',
    'phases.add_invoice_items.price': 'price',
    'phases.default_payment_method': 'payment_method',
    'phases.discounts.coupon': 'coupon',
    'phases.discounts.discount': 'discount',
    'phases.discounts.promotion_code': 'promotion_code',
    'phases.items.discounts.coupon': 'coupon',
    'phases.items.discounts.promotion_code': 'promotion_code',
    'phases.items.plan': 'plan',
    'phases.items.price': 'price',
    subscription: 'subscription',
    test_clock: 'test_helpers.test_clock',
  },
  start(world) {
    world.store.index<Schedule>('subscription_schedule', 'customer', ({ customer }) => customer)
    world.store.index<Schedule>('subscription_schedule', 'subscription', ({ subscription }) => subscription)
    startSchedules(world)
  },
  operations: [
    operation('POST /v1/subscription_schedules', creation, create),
    operation(
      'GET /v1/subscription_schedules',
      {
        ...pagingAndCreated,
        canceled_at: range,
        completed_at: range,
        customer: text,
        released_at: range,
        scheduled: boolean,
        ...notYetAll('customer_account'),
      },
      (call) => {
        const { customer, scheduled } = call.params
        const { store } = call.world
        const [conflict] = instants.filter((name) => call.params[name] !== undefined)
        if (scheduled !== undefined && conflict) {
          throw invalid(`You may only specify one of these parameters: ${conflict}, scheduled.`, {
            param: conflict,
          })
        }
        const from =
          customer === undefined
            ? [...store.all<Schedule>('subscription_schedule')].filter((one) => one.test_clock === null)
            : store.by<Schedule>('subscription_schedule', 'customer', customer)
        const fits = (one: Schedule) =>
          (!scheduled || one.status === 'not_started') &&
          instants.every((name) => within(one[name], call.params[name]))
        return page(call, from.filter(fits))
      },
    ),
    operation('GET /v1/subscription_schedules/{id}', {}, ({ world, ids }) =>
      present(world, findSchedule(world, ids.id ?? '')),
    ),
    operation('POST /v1/subscription_schedules/{id}', updating, update),
    operation('POST /v1/subscription_schedules/{id}/cancel', cancelling, cancel),
    operation('POST /v1/subscription_schedules/{id}/release', releasing, release),
  ],
}

import { describe, expect, test } from 'vitest'
import { objectKeyOf } from './event.ts'

describe('which object an event is about', () => {
  test.for([
    ['checkout.session.completed', { id: 'cs_1' }, 'checkout:cs_1'],
    ['customer.subscription.updated', { id: 'sub_1', object: 'subscription' }, 'subscription:sub_1'],
    ['customer.subscription.trial_will_end', { id: 'sub_1', object: 'subscription' }, 'subscription:sub_1'],
    ['invoice.paid', { id: 'in_1', object: 'invoice' }, 'invoice:in_1'],
    ['invoice.payment_failed', { id: 'in_1', object: 'invoice' }, 'invoice:in_1'],
    // The preview of an invoice is not one: only its subscription can be fetched.
    [
      'invoice.upcoming',
      { object: 'invoice', parent: { subscription_details: { subscription: 'sub_1' } } },
      'subscription:sub_1',
    ],
    ['invoice.upcoming', { object: 'invoice', parent: null }, 'none:evt_1'],
    ['invoice_payment.paid', { id: 'inpay_1', object: 'invoice_payment' }, 'none:evt_1'],
    ['customer.updated', { id: 'cus_1' }, 'customer:cus_1'],
    ['customer.deleted', { id: 'cus_1' }, 'customer:cus_1'],
    ['customer.created', { id: 'cus_1' }, 'none:evt_1'],
    ['payment_method.attached', { id: 'pm_1', customer: 'cus_1' }, 'customer:cus_1'],
    ['payment_method.detached', { id: 'pm_1', customer: null }, 'none:evt_1'],
    ['treasury.received_credit.created', { id: 'rc_1' }, 'none:evt_1'],
  ] as const)('%s', ([type, object, expected]) => {
    expect(objectKeyOf({ id: 'evt_1', type, object })).toBe(expected)
  })
})

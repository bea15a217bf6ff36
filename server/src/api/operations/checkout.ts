import { z } from 'zod'
import type { Operation } from '../operation.ts'
import { accountOfCall, billingManager, operation } from '../operation.ts'

const returnUrl = z.url({ protocol: /^https?$/, error: 'an http:// or https:// address' }).max(2000)

export const checkoutOperations: Operation[] = [
  operation({
    name: 'startCheckout',
    method: 'POST',
    paths: ['/api/checkout', '/api/payments/stripe/create-checkout-session'],
    summary: 'Open a Stripe Checkout session for a plan',
    needs: billingManager,
    input: z.strictObject({
      plan: z.string().min(1).max(40),
      interval: z.enum(['month', 'year']).optional(),
      currency: z.string().length(3).optional(),
      successUrl: returnUrl.optional(),
      cancelUrl: returnUrl.optional(),
      numberPreference: z
        .strictObject({
          country: z.string().length(2).optional(),
          areaCode: z
            .string()
            .regex(/^\d{3}$/, 'three digits')
            .optional(),
          contains: z.string().min(2).max(16).optional(),
        })
        .default({}),
    }),
    run: async (context, input) => {
      const { publicUrl, startCheckout } = context.parts
      const accountId = accountOfCall(context)
      const { country, areaCode, contains } = input.numberPreference
      const session = await startCheckout(context.db, {
        accountId,
        plan: input.plan,
        interval: input.interval,
        currency: input.currency,
        successUrl: input.successUrl ?? `${publicUrl}/billing/success?session_id={CHECKOUT_SESSION_ID}`,
        cancelUrl: input.cancelUrl ?? `${publicUrl}/billing/cancel`,
        userId: context.caller.userId,
        numberPreference: {
          ...(country === undefined ? {} : { country }),
          ...(areaCode === undefined ? {} : { areaCode }),
          ...(contains === undefined ? {} : { contains }),
        },
        billingUrl: `${publicUrl}/dashboard/billing`,
      })
      return { body: session }
    },
  }),
]

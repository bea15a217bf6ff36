import { z } from 'zod'
import { showNumber } from '../../domain/numbers/number.ts'
import { provisionRequested } from '../../domain/numbers/provision-requested.ts'
import { numbersOf } from '../../domain/numbers/reads.ts'
import { releaseRequested } from '../../domain/numbers/release-requested.ts'
import { searchNumbers } from '../../domain/numbers/search.ts'
import { Refusal } from '../../errors.ts'
import type { Operation } from '../operation.ts'
import { accountOfCall, billingManager, noInput, operation, usageReader } from '../operation.ts'

const areaCode = z.string().regex(/^[2-9]\d{2}$/, 'three digits, the first from 2 to 9')

const CAPABILITIES = ['voice', 'sms', 'mms'] as const

export const phoneOperations: Operation[] = [
  operation({
    name: 'searchNumbers',
    method: 'GET',
    paths: ['/api/phone/search'],
    summary: 'Numbers on sale at Twilio now',
    needs: billingManager,
    input: z.strictObject({
      country: z
        .string()
        .regex(/^[a-zA-Z]{2}$/, 'a two-letter ISO country code')
        .transform((code) => code.toUpperCase())
        .default('US'),
      type: z.enum(['local', 'mobile', 'toll-free']).default('local'),
      areaCode: areaCode.optional(),
      contains: z.string().min(2).max(16).optional(),
      region: z.string().min(1).max(50).optional(),
      city: z.string().min(1).max(100).optional(),
      capabilities: z
        .string()
        .transform((list) => list.split(','))
        .pipe(z.array(z.enum(CAPABILITIES)))
        .optional(),
      limit: z.coerce.number().int().min(1).max(50).default(20),
    }),
    run: async ({ parts, db, ...context }, input) => {
      const accountId = accountOfCall({ parts, db, ...context })
      const { catalogs, twilio } = parts
      const query = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)) as {
        country: string
        type: (typeof input)['type']
        limit: number
      }
      return { body: await searchNumbers({ db, twilio, catalogs }, { ...query, accountId }) }
    },
  }),
  operation({
    name: 'listNumbers',
    method: 'GET',
    paths: ['/api/phone/numbers'],
    summary: "The account's phone numbers",
    needs: usageReader,
    input: noInput,
    run: async (context) => {
      const accountId = accountOfCall(context)
      const numbers = await context.db.tenant(accountId, (tx) => numbersOf(tx, accountId))
      return { body: { data: numbers.map(showNumber), nextCursor: null } }
    },
  }),
  operation({
    name: 'numberDetails',
    method: 'GET',
    paths: ['/api/phone/details'],
    summary: "The account's phone number",
    needs: usageReader,
    input: z.strictObject({ id: z.string().optional() }),
    run: async (context, { id }) => {
      const accountId = accountOfCall(context)
      const numbers = await context.db.tenant(accountId, (tx) => numbersOf(tx, accountId))
      const [number, another] = id === undefined ? numbers : numbers.filter((each) => each.numberId === id)
      if (number === undefined) throw new Refusal('number_not_found')
      if (another !== undefined) throw new Refusal('which_number')
      return { body: showNumber(number) }
    },
  }),
  operation({
    name: 'provisionNumber',
    method: 'POST',
    paths: ['/api/phone/provision'],
    summary: 'Get a number for the plan that the account has',
    needs: billingManager,
    input: z.strictObject({ area_code: areaCode.optional() }),
    run: async (context, input) => {
      const accountId = accountOfCall(context)
      const { catalogs, twilio, publicUrl } = context.parts
      const deps = { db: context.db, catalogs, twilio, publicUrl }
      const number = await provisionRequested(deps, { accountId, areaCode: input.area_code })
      return {
        body: {
          message: 'Phone number provisioned successfully',
          phone_number: number.e164,
          capabilities: number.capabilities,
        },
      }
    },
  }),
  operation({
    name: 'releaseNumber',
    method: 'DELETE',
    paths: ['/api/phone/release'],
    summary: 'Give a number up',
    needs: billingManager,
    input: z.strictObject({ id: z.string().optional() }),
    run: async (context, { id }) => {
      const accountId = accountOfCall(context)
      const { twilio } = context.parts
      const number = await releaseRequested({ db: context.db, twilio }, { accountId, numberId: id })
      return { body: { message: 'Phone number released', phone_number: number.e164 } }
    },
  }),
]

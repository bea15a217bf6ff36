import { z } from 'zod'
import type { Permission } from '../domain/accounts/account.ts'
import type { Scope } from '../domain/accounts/key.ts'
import { Refusal } from '../errors.ts'
import type { Database } from '../lib/db.ts'
import type { Cursor } from '../lib/pagination.ts'
import { decodeCursor, PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX } from '../lib/pagination.ts'
import type { Caller } from './access.ts'
import type { Parts } from './parts.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** What an operation is run with: the parts of the program, and who calls for which account. */
export type Context = {
  parts: Parts
  /** In the caller's name, for the audit entries. */
  db: Database
  caller: Caller
}

/**
 * One thing that can be asked of Tollgate, the same over REST and, later, tRPC. Input is the path's parameters,
 * the query and the body in one object; unknown names are refused.
 */
export type Operation = {
  name: string
  method: Method
  paths: readonly string[]
  summary: string
  /** What the caller needs; `public` answers anybody. */
  needs: { scope: Scope; permission: Permission } | 'public'
  /** It makes the account, so the one that the header `Tollgate-Account` names need not be there yet. */
  makesAccount?: true
  input: z.ZodType
  run(context: Context, input: never): Promise<Answer>
}

/** The body, and the status where it is not 200. A text body (CSV) is sent as it is. */
export type Answer = { status?: number; body: unknown; contentType?: string }

/** Declares an operation: `run` gets exactly what `input` checked. */
export function operation<Input extends z.ZodType>(declared: {
  name: string
  method: Method
  paths: readonly string[]
  summary: string
  needs: Operation['needs']
  makesAccount?: true
  input: Input
  run(context: Context, input: z.output<Input>): Promise<Answer>
}): Operation {
  return declared
}

/** Checks the input; every problem is answered with its path. */
export function checkInput(declared: Operation, raw: unknown): never {
  const unwritable = nullBytes(raw, '').map((path) => ({
    path,
    message: 'has a null character, which no text has',
  }))
  if (unwritable.length > 0) throw new Refusal('bad_input', { details: unwritable })
  const result = declared.input.safeParse(raw)
  if (result.success) return result.data as never
  const details = result.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }))
  throw new Refusal('bad_input', { details })
}

/** Where in the input a text has a null character: Postgres keeps none. */
function nullBytes(value: unknown, path: string): string[] {
  if (typeof value === 'string') return value.includes('\u0000') ? [path] : []
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => {
    const at = path === '' ? name : `${path}.${name}`
    return name.includes('\u0000') ? [at] : nullBytes(inner, at)
  })
}

/** The account that the call is about; a caller that is not one account's own has to name it. */
export function accountOfCall(context: Context): string {
  if (context.caller.accountId === null) throw new Refusal('account_required')
  return context.caller.accountId
}

export const usageReader = { scope: 'usage', permission: 'see_usage' } as const
export const billingManager = { scope: 'billing', permission: 'manage_billing' } as const
export const operator = { scope: 'admin', permission: 'operate' } as const

export const noInput = z.strictObject({})

/** `?limit=&cursor=`, as every list takes them. */
export const pageInput = {
  limit: z.coerce.number().int().min(1).max(PAGE_SIZE_MAX).default(PAGE_SIZE_DEFAULT),
  cursor: z
    .string()
    .transform((text, context): Cursor => {
      const cursor = decodeCursor(text)
      if (cursor !== undefined) return cursor
      context.addIssue({
        code: 'custom',
        message: 'is not a cursor of ours; take nextCursor from the page before',
      })
      return z.NEVER
    })
    .optional(),
}

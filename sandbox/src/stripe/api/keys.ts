import { timingSafeEqual } from 'node:crypto'
import type { SandboxRequest } from '../../server.ts'
import { apiVersion, type World } from '../world.ts'
import { invalid, StripeError } from './errors.ts'

function givenKey(header: string): string {
  const [scheme = '', value = ''] = header.split(' ')
  if (scheme.toLowerCase() === 'bearer') return value
  if (scheme.toLowerCase() !== 'basic') return ''
  return Buffer.from(value, 'base64').toString().replace(/:.*$/s, '')
}

const refuse = (message: string, code?: string) =>
  new StripeError(401, { type: 'invalid_request_error', message, ...(code === undefined ? {} : { code }) })

function isOwn(world: World, given: string): boolean {
  const own = Buffer.from(world.account.secretKey)
  const other = Buffer.from(given)
  return own.length === other.length && timingSafeEqual(own, other)
}

function masked(key: string): string {
  return key.length > 12 ? `${key.slice(0, 8)}${'*'.repeat(key.length - 12)}${key.slice(-4)}` : '****'
}

/** Lets the account's own secret key in, as Bearer or as the user of Basic; every other is a 401. */
export function checkKey(world: World, request: SandboxRequest): void {
  const given = givenKey(request.headers.authorization ?? '')
  if (!given) {
    throw refuse(
      "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or we can help at https://support.stripe.com/.",
    )
  }
  if (isOwn(world, given)) return
  if (given.startsWith('pk_')) {
    throw refuse(
      'This API call cannot be made with a publishable API key. Please use a secret API key. You can find a list of your API keys at https://dashboard.stripe.com/account/apikeys.',
      'secret_key_required',
    )
  }
  throw refuse(`Invalid API Key provided: ${masked(given)}`)
}

/** `Stripe-Account` may name the account itself: there are no others behind its key. */
export function checkAccount(world: World, request: SandboxRequest): void {
  const asked = request.headers['stripe-account']
  if (asked === undefined || asked === world.account.id) return
  throw new StripeError(403, {
    type: 'invalid_request_error',
    code: 'account_invalid',
    message: `The provided key '${masked(world.account.secretKey)}' does not have access to account '${asked}' (or that account does not exist). Application access may have been revoked.`,
  })
}

/** The one version that the sandbox speaks, or none, which means the same. */
export function checkVersion(request: SandboxRequest): void {
  const asked = request.headers['stripe-version']
  if (asked === undefined || asked === apiVersion) return
  if (!/^\d{4}-\d{2}-\d{2}(\.[a-z]+)?$/.test(asked)) throw invalid(`Invalid Stripe API version: ${asked}`)
  throw invalid(`The sandbox speaks API version ${apiVersion} only, not ${asked}.`)
}

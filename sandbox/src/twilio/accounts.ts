import { randomBytes } from 'node:crypto'
import { type Account, mayAct } from './account.ts'
import { rfc2822 } from './dates.ts'
import { releaseAll } from './owned-numbers.ts'
import { pageOf, pageParameters } from './paging.ts'
import { json, Refusal } from './refusal.ts'
import { type Route, route } from './router.ts'
import { newSid } from './sids.ts'
import type { World } from './world.ts'

const subresources = {
  available_phone_numbers: 'AvailablePhoneNumbers',
  calls: 'Calls',
  incoming_phone_numbers: 'IncomingPhoneNumbers',
  messages: 'Messages',
}

function show(account: Account): object {
  const base = `/2010-04-01/Accounts/${account.id}`
  return {
    auth_token: account.authToken,
    date_created: rfc2822(account.createdAt),
    date_updated: rfc2822(account.updatedAt),
    friendly_name: account.friendlyName,
    owner_account_sid: account.owner,
    sid: account.id,
    status: account.status,
    subresource_uris: Object.fromEntries(
      Object.entries(subresources).map(([name, path]) => [name, `${base}/${path}.json`]),
    ),
    type: 'Full',
    uri: `${base}.json`,
  }
}

function checkName(name: string): string {
  if (name.length <= 64) return name
  throw new Refusal(20002, `Invalid FriendlyName: at most 64 characters, not ${name.length}.`)
}

/** Suspends, takes up again or, for good, closes a subaccount; a closed one loses its numbers. */
function setStatus(world: World, account: Account, status: Account['status']): Account {
  if (account.id === account.owner) {
    throw new Refusal(20422, 'Invalid Parameter: Status can be changed for subaccounts only.')
  }
  if (account.status === 'closed' && status !== 'closed') {
    throw new Refusal(21479, 'Unable to update Status for subaccount, subaccount has been closed.')
  }
  if (status === 'closed') releaseAll(world, account.id)
  return { ...account, status }
}

/** Accounts and subaccounts: list, create, fetch, rename, suspend, close. */
export function accountRoutes(world: World): Route[] {
  const { accounts, clock } = world
  return [
    route({
      at: 'GET /2010-04-01/Accounts.json',
      takes: { ...pageParameters, FriendlyName: 'text', Status: ['active', 'suspended', 'closed'] },
      act: ({ caller, given, url }) => {
        const items = accounts
          .all()
          .filter((account) => mayAct(caller, account))
          .filter((account) => given.Status === undefined || account.status === given.Status)
          .filter(
            (account) => given.FriendlyName === undefined || account.friendlyName === given.FriendlyName,
          )
          .reverse()
        return json(200, pageOf({ key: 'accounts', items, idOf: ({ id }) => id, show, asked: given, ...url }))
      },
    }),
    route({
      at: 'POST /2010-04-01/Accounts.json',
      takes: { FriendlyName: 'text' },
      act: ({ caller, given }) => {
        if (caller.id !== caller.owner) {
          throw new Refusal(20003, 'Permission Denied: a subaccount cannot have subaccounts.', 403)
        }
        const now = clock.now()
        const account = accounts.put({
          id: newSid('AC'),
          authToken: randomBytes(16).toString('hex'),
          friendlyName: checkName(given.FriendlyName ?? `SubAccount Created at ${rfc2822(now)}`),
          status: 'active',
          owner: caller.id,
          createdAt: now,
          updatedAt: now,
        })
        return json(201, show(account))
      },
    }),
    route({
      at: 'GET /2010-04-01/Accounts/:AccountSid.json',
      takes: {},
      always: true,
      act: ({ account }) => json(200, show(account)),
    }),
    route({
      at: 'POST /2010-04-01/Accounts/:AccountSid.json',
      takes: { FriendlyName: 'text', Status: ['active', 'suspended', 'closed'] },
      always: true,
      act: ({ account, caller, given }) => {
        if (given.Status && caller.id !== account.owner) {
          throw new Refusal(20003, 'Permission Denied: only the parent account sets the Status.', 403)
        }
        const named =
          given.FriendlyName === undefined
            ? account
            : { ...account, friendlyName: checkName(given.FriendlyName) }
        const changed = given.Status ? setStatus(world, named, given.Status as Account['status']) : named
        return json(200, show(accounts.put({ ...changed, updatedAt: clock.now() })))
      },
    }),
  ]
}

import type { Clock } from '../clock.ts'
import type { Store } from '../store.ts'

export type Account = {
  id: string
  authToken: string
  friendlyName: string
  status: 'active' | 'suspended' | 'closed'
  /** The parent; the main account is its own. */
  owner: string
  createdAt: number
  updatedAt: number
}

export type Accounts = {
  find(sid: string): Account | undefined
  /** The main account and its subaccounts, oldest first. */
  all(): Account[]
  put(account: Account): Account
}

/** The parent may act for its subaccounts; a subaccount for itself only. */
export const mayAct = (caller: Account, account: Account) =>
  caller.id === account.id || caller.id === account.owner

/** The accounts, with the main one made when it is first looked for: also after the store was emptied. */
export function openAccounts(store: Store, clock: Clock, main: { sid: string; authToken: string }): Accounts {
  const kind = 'twilio.account'
  const mainAccount = (): Account => {
    const kept = store.get<Account>(kind, main.sid)
    if (kept?.authToken === main.authToken) return kept
    const now = clock.now()
    const fresh = { friendlyName: 'Sandbox account', status: 'active', createdAt: now } as const
    return store.put<Account>(kind, {
      ...(kept ?? fresh),
      id: main.sid,
      owner: main.sid,
      authToken: main.authToken,
      updatedAt: now,
    })
  }
  return {
    find: (sid) => (sid === main.sid ? mainAccount() : store.get<Account>(kind, sid)),
    all() {
      mainAccount()
      return [...store.all<Account>(kind)]
    },
    put: (account) => store.put(kind, account),
  }
}

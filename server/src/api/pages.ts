import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Config } from '../config.ts'
import { rootFolder } from '../config.ts'
import { createAccount } from '../domain/accounts/create.ts'
import { findAccount } from '../domain/accounts/reads.ts'
import { Refusal } from '../errors.ts'
import type { Identify } from './access.ts'
import { SESSION_COOKIE } from './access.ts'
import { createLink, openLink } from './page-sessions.ts'
import type { Parts } from './parts.ts'

const PAGES = [
  '/',
  '/pricing',
  '/dashboard',
  '/dashboard/billing',
  '/settings/billing',
  '/billing/success',
  '/billing/cancel',
  '/admin',
]
const DIST = join(rootFolder, 'web', 'dist')

type Served = { parts: Parts; config: Config; identify: Identify }

/** The pages, and how a person gets signed in to them. */
export async function servePages(app: FastifyInstance, served: Served): Promise<void> {
  await serveBuiltPages(app, served)
  serveSessions(app, served)
  if (served.parts.sandboxUrl !== null) serveDemo(app, served)
}

async function serveBuiltPages(app: FastifyInstance, { parts }: Served): Promise<void> {
  if (!existsSync(join(DIST, 'index.html')))
    throw new Error(`the pages are not built: ${DIST} has no index.html`)
  const index = await readFile(join(DIST, 'index.html'), 'utf8')
  // Built files carry a hash of their content in their name, so they never change.
  await app.register(fastifyStatic, {
    root: join(DIST, 'assets'),
    prefix: '/assets/',
    immutable: true,
    maxAge: '1y',
  })
  const pages = parts.sandboxUrl === null ? PAGES : [...PAGES, '/sandbox']
  for (const path of [...pages, '/admin/*', '/dashboard/*']) {
    app.get(path, (_request, reply) =>
      reply.type('text/html; charset=utf-8').header('cache-control', 'no-cache').send(index),
    )
  }
}

function serveSessions(app: FastifyInstance, { parts, config, identify }: Served): void {
  app.get<{ Params: { token: string } }>('/session/:token', async (request, reply) => {
    const { cookie, path, expiresAt } = await openLink(parts, request.params.token)
    setSession(reply, { cookie, expiresAt, isSecure: config.publicUrl.startsWith('https:') })
    return reply.redirect(path, 303)
  })
  app.post('/session/end', async (_request, reply) => {
    reply.clearCookie(SESSION_COOKIE, { path: '/' })
    return { success: true }
  })
  app.get('/api/me', async (request) => {
    const caller = await identify(request)
    const accountId = caller?.accountId ?? null
    const account =
      accountId === null
        ? undefined
        : await parts.db.tenant(accountId, (tx) => findAccount(tx, { accountId }))
    return {
      account:
        account === undefined
          ? null
          : {
              id: account.accountId,
              name: account.name,
              email: account.email,
              externalId: account.externalId,
            },
      role: caller?.role ?? null,
      sandbox: parts.sandboxUrl !== null,
    }
  })
  app.get('/api/config', async () => {
    const { catalog } = await parts.db.system((tx) => parts.catalogs.current(tx))
    const { sandboxUrl, publicUrl } = parts
    return { sandbox: sandboxUrl !== null, sandboxUrl, publicUrl, brand: { name: catalog.name } }
  })
}

function setSession(
  reply: FastifyReply,
  session: { cookie: string; expiresAt: Date; isSecure: boolean },
): void {
  reply.setCookie(SESSION_COOKIE, session.cookie, {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: session.isSecure,
    expires: session.expiresAt,
  })
}

/** Only with the sandbox: one click into a demo account or the operator's view, and the sandbox's own controls. */
function serveDemo(app: FastifyInstance, { parts, config }: Served): void {
  const signIn = async (reply: FastifyReply, link: Parameters<typeof createLink>[1]) => {
    const { token } = await createLink(parts, link)
    const { cookie, expiresAt } = await openLink(parts, token)
    setSession(reply, { cookie, expiresAt, isSecure: config.publicUrl.startsWith('https:') })
    return { success: true, path: link.path }
  }
  app.post('/demo/account', async (_request, reply) => {
    const { catalog } = await parts.db.system((tx) => parts.catalogs.current(tx))
    const { account } = await createAccount(parts, {
      externalId: 'demo',
      name: 'Demo account',
      email: 'demo@example.com',
      phone: '+14155550100',
      currency: catalog.currency,
    })
    return signIn(reply, { accountId: account.accountId, userId: 'demo', role: 'owner', path: '/pricing' })
  })
  app.post('/demo/operator', async (_request, reply) =>
    signIn(reply, { accountId: null, userId: 'operator', role: 'operator', path: '/admin' }),
  )
  app.route<{ Params: { '*': string } }>({
    method: ['GET', 'POST', 'PUT', 'DELETE'],
    url: '/sandbox-control/*',
    handler: async (request, reply) => {
      const isWrite = request.method !== 'GET'
      // A page on another site must not be able to move the clock.
      if (isWrite && request.headers['tollgate-csrf'] !== '1') throw new Refusal('csrf')
      const query = request.url.split('?')[1]
      const answer = await fetch(
        `${parts.sandboxUrl}/_sandbox/${request.params['*']}${query ? `?${query}` : ''}`,
        {
          method: request.method,
          headers: { 'content-type': 'application/json' },
          ...(isWrite ? { body: JSON.stringify(request.body ?? {}) } : {}),
        },
      )
      return reply
        .code(answer.status)
        .type(answer.headers.get('content-type') ?? 'application/json')
        .send(await answer.text())
    },
  })
}

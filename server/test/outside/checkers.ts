import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { freePort } from '../../src/local/free-port.ts'
import type { Child, Children } from './children.ts'
import type { Report } from './tally.ts'

/** A proxy that checks what passes through it against a provider's own description of its API. */
export type Checker = {
  url: string
  /** Ends it and reads what it found. */
  finish(): Promise<Report>
}

type Place = { children: Children; checkersFolder: string; reportsFolder: string }

const stripeReport = z.object({
  endpoints: z.record(z.string(), z.unknown()),
  violations: z.array(
    z.object({
      endpoint: z.string(),
      side: z.string(),
      kind: z.string(),
      path: z.string(),
      detail: z.string(),
      soft: z.boolean(),
    }),
  ),
})

const twilioReport = z.object({
  endpoints: z.record(z.string(), z.unknown()),
  violations: z.array(
    z.object({ level: z.string(), code: z.string(), endpoint: z.string(), detail: z.string() }),
  ),
})

/** Stands before whatever speaks Stripe's API on `targetPort`. */
export async function checkStripe(place: Place, targetPort: number): Promise<Checker> {
  const port = await freePort('PORT', 0)
  return startStripe(place, {
    port,
    args: ['--target', `http://127.0.0.1:${targetPort}`, '--listen', String(port)],
  })
}

/** Receives Stripe's events, checks their signature too, and passes them on where `forward` says to whom. */
export async function checkEvents(
  place: Place,
  options: { secret: string; forward?: string },
): Promise<Checker> {
  const port = await freePort('PORT', 0)
  return startStripe(place, {
    port,
    args: [
      ...['--listen-webhooks', String(port), '--secret', options.secret],
      ...(options.forward === undefined ? [] : ['--forward', options.forward]),
    ],
  })
}

async function startStripe(
  { children, checkersFolder, reportsFolder }: Place,
  options: { port: number; args: string[] },
): Promise<Checker> {
  const json = path.join(reportsFolder, `stripe-${options.port}.json`)
  const program = path.join(checkersFolder, 'stripe/bin/stripe-conformance.mjs')
  const child = children.start([program, ...options.args, '--json', json])
  await child.ready(/ on http:/)
  return {
    url: `http://127.0.0.1:${options.port}`,
    async finish() {
      const { endpoints, violations } = stripeReport.parse(await endAndRead(child, json))
      return {
        checker: 'Stripe',
        summary: child.output(),
        // Hosted pages pass through as they are.
        kinds: Object.keys(endpoints).filter((kind) => !kind.endsWith('(not checked)')),
        breaches: violations
          .filter(({ soft }) => !soft)
          .map(({ endpoint, side, kind, path, detail }) => ({
            kind: endpoint,
            what: `[${side}] ${kind} ${path}: ${detail}`,
          })),
      }
    },
  }
}

/** Stands before whatever speaks Twilio's API on `targetPort`. */
export async function checkTwilio(
  { children, checkersFolder, reportsFolder }: Place,
  targetPort: number,
): Promise<Checker> {
  const port = await freePort('PORT', 0)
  const json = path.join(reportsFolder, `twilio-${port}.json`)
  const program = path.join(checkersFolder, 'twilio/cli.js')
  const target = ['--target', `http://127.0.0.1:${targetPort}`, '--listen', String(port)]
  const child = children.start([program, 'proxy', ...target, '--json', json])
  await child.ready(/twilio-conformance: http:/)
  return {
    url: `http://127.0.0.1:${port}`,
    async finish() {
      const { endpoints, violations } = twilioReport.parse(await endAndRead(child, json))
      return {
        checker: 'Twilio',
        summary: child.output(),
        kinds: Object.keys(endpoints),
        breaches: violations
          .filter(({ level }) => level === 'error')
          .map(({ code, endpoint, detail }) => ({ kind: endpoint, what: `${code}: ${detail}` })),
      }
    },
  }
}

async function endAndRead(child: Child, json: string): Promise<unknown> {
  await child.stop()
  if (!existsSync(json)) throw new Error(`A checker ended without a report; it said:\n${child.output()}`)
  return JSON.parse(await readFile(json, 'utf8'))
}

import { CannotStart } from '../config.ts'
import { Refusal } from '../errors.ts'
import { replayEvent } from '../inbox/replay.ts'
import type { InboxEvent, InboxStatus } from '../inbox/store.ts'
import { listEvents } from '../inbox/store.ts'
import { parseCommandLine } from './command-line.ts'
import { withDatabase } from './with-database.ts'

const USAGE = `tollgate inbox list [--status received|waiting|handled|ignored|dead] [--json]
tollgate inbox replay ID [ID …] | --dead

list shows the newest hundred webhooks and what became of them; replay handles the named ones, or all dead ones, once
more. A worker has to be running.`

const STATUSES: readonly InboxStatus[] = ['received', 'waiting', 'handled', 'ignored', 'dead']
const ROWS_MAX = 100
const IDS_MAX = 1000

const options = {
  status: { type: 'string' },
  dead: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const

/** Shows inbound webhooks, and handles them again. */
export async function inbox(args: string[]): Promise<number> {
  const parsed = parseCommandLine(args, { usage: USAGE, options, positionalsMax: IDS_MAX })
  if (!parsed) return 0
  const { values, positionals } = parsed
  const [what, ...ids] = positionals
  if (what === 'list') return list(statusFrom(values.status), values.json)
  if (what === 'replay' && (ids.length > 0 || values.dead)) return replay(ids, values.dead)
  throw new CannotStart(USAGE)
}

function statusFrom(word: string | undefined): InboxStatus | undefined {
  if (word === undefined) return undefined
  const status = STATUSES.find((each) => each === word)
  if (status === undefined) throw new CannotStart(`--status: is "${word}"; allowed is ${STATUSES.join(', ')}`)
  return status
}

async function list(status: InboxStatus | undefined, asJson: boolean): Promise<number> {
  const events = await withDatabase((db) =>
    db.system((tx) => listEvents(tx, { status, after: undefined, limit: ROWS_MAX })),
  )
  const shown = events.map(({ inboxId, body: _, ...event }) => ({ id: String(inboxId), ...event }))
  process.stdout.write(asJson ? `${JSON.stringify(shown)}\n` : events.map(line).join(''))
  return 0
}

function line(event: InboxEvent): string {
  const error = event.lastError === null ? '' : `  ${event.lastError}`
  const id = String(event.inboxId).padStart(6)
  return `${id}  ${event.receivedAt.toISOString()}  ${event.status.padEnd(8)}  ${event.type}  ${event.objectKey}${error}\n`
}

/** An event that nothing acts on stays as it is, whoever asks. */
function outcome({ status }: InboxEvent): string {
  return status === 'ignored' ? 'stays ignored, since nothing acts on it' : 'is handled once more'
}

async function replay(ids: string[], everyDead: boolean): Promise<number> {
  return withDatabase(async (db) => {
    const dead = everyDead
      ? await db.system((tx) => listEvents(tx, { status: 'dead', after: undefined, limit: IDS_MAX }))
      : []
    for (const id of [...ids, ...dead.map((event) => String(event.inboxId))]) {
      try {
        const event = await replayEvent({ db }, id)
        process.stdout.write(`${id}  ${event.type}  ${event.objectKey}: ${outcome(event)}\n`)
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        throw new CannotStart(error.message, 1)
      }
    }
    return 0
  })
}

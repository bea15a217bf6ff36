import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import type { Run, Watched } from './watch.ts'

const replayed = z.object({
  summary: z.string(),
  kinds: z.array(z.string()),
  breaches: z.array(z.object({ kind: z.string(), what: z.string() })),
})

/** Asks the sandbox what the real API was once asked, and compares every value of the answers. */
export async function replayRecordings({
  children,
  root,
  checkersFolder,
  reportsFolder,
}: Run): Promise<Watched> {
  // The recordings stand beside the checkers.
  const recordings = path.join(checkersFolder, '../stripe/recorded')
  if (!existsSync(recordings)) return { reports: [], problems: [`no recordings at ${recordings}`] }
  const json = path.join(reportsFolder, 'recordings.json')
  const program = path.join(root, 'sandbox/test/recorded/main.ts')
  const child = children.start([program, recordings, '--json', json])
  await child.ended
  if (!existsSync(json))
    return { reports: [], problems: [`the recordings were not replayed:\n${child.output()}`] }
  const report = replayed.parse(JSON.parse(await readFile(json, 'utf8')))
  return { reports: [{ checker: 'Stripe as recorded', ...report }], problems: [] }
}

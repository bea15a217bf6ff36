import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { startSandbox } from 'tollgate-sandbox'
import { lockFolder } from './lock-folder.ts'
import type { SandboxOptions, SandboxReport } from './sandbox-process.ts'

/** The sandbox of a killed program may be within a step of its clock; it ends right after. */
const FORMER_SANDBOX_MS_MAX = 10_000
const CLOSE_MS_MAX = 300

let close: (() => Promise<void>) | undefined
process.once('disconnect', async () => {
  // Every answered request was committed before it was answered, so a close that hangs may be cut short.
  if (close) await Promise.race([close(), delay(CLOSE_MS_MAX)])
  process.exit(0)
})

const [options] = (await once(process, 'message')) as [SandboxOptions]
try {
  if (options.dataDir && !(await lockFolder(options.dataDir, FORMER_SANDBOX_MS_MAX))) {
    throw new Error(`another sandbox is still running on ${options.dataDir}`)
  }
  const sandbox = await startSandbox(options)
  close = sandbox.close
  report({ url: sandbox.url, smtpUrl: sandbox.smtpUrl })
} catch (error) {
  console.error(error)
  report({ failed: error instanceof Error ? error.message : String(error) }, () => process.exit(1))
}

/** Without a parent there is nobody to tell, and the end of the channel has ended this process already. */
function report(message: SandboxReport, then: () => void = () => undefined): void {
  process.send?.(message, then)
}

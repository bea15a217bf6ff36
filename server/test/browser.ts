import { mkdirSync } from 'node:fs'
import path from 'node:path'
import chromium from '@sparticuz/chromium'
import type { Browser } from 'playwright-core'
import { chromium as playwright } from 'playwright-core'
import { rootFolder } from '../src/config.ts'

/** A real browser: the one that CHROMIUM names, or the one that npm brought. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM ?? (await unpacked())
  // Made for functions in a cloud: with these a second page crashes the browser, or pages may read each other.
  const args = chromium.args.filter((arg) => !/single-process|no-zygote|web-security/.test(arg))
  return playwright.launch({ executablePath, args: [...args, '--no-sandbox'] })
}

/** Unpacked once into this clone: in the system's own folder it would belong to whoever ran the tests first. */
async function unpacked(): Promise<string> {
  const folder = path.join(rootFolder, 'node_modules/.cache/tollgate/browser')
  mkdirSync(folder, { recursive: true })
  const before = process.env.TMPDIR
  process.env.TMPDIR = folder
  try {
    return await chromium.executablePath()
  } finally {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
  }
}

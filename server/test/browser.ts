import chromium from '@sparticuz/chromium'
import type { Browser } from 'playwright-core'
import { chromium as playwright } from 'playwright-core'

/** A real browser: the one that CHROMIUM names, or the one that npm brought. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM ?? (await chromium.executablePath())
  // Made for functions in a cloud: with these a second page crashes the browser, or pages may read each other.
  const args = chromium.args.filter((arg) => !/single-process|no-zygote|web-security/.test(arg))
  return playwright.launch({ executablePath, args: [...args, '--no-sandbox'] })
}

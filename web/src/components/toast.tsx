import { useEffect, useSyncExternalStore } from 'react'
import { Icon } from './icon.tsx'

type Said = { id: number; text: string }

const shownForMs = 6_000
let said: Said | null = null
let count = 0
const listeners = new Set<() => void>()

const say = (next: Said | null) => {
  said = next
  for (const listener of listeners) listener()
}

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Tells that something was done: "Recorded 10 minutes." Failures stay on the page instead. */
export const toast = (text: string): void => {
  count += 1
  say({ id: count, text })
}

/** Where toasts appear, once, in the layout. The region is there from the start so that readers hear it. */
export const Toasts = () => {
  const current = useSyncExternalStore(subscribe, () => said)
  useEffect(() => {
    if (current === null) return
    const timer = setTimeout(() => say(null), shownForMs)
    return () => clearTimeout(timer)
  }, [current])
  return (
    <div
      role="status"
      className="pointer-events-none fixed inset-x-4 bottom-20 z-40 flex justify-center lg:bottom-6"
    >
      {current !== null && (
        <p
          key={current.id}
          className="pointer-events-auto flex items-center gap-2 rounded-box border border-line bg-surface py-2 pr-2 pl-4 shadow-float"
        >
          <Icon name="check" className="size-4 text-success" />
          {current.text}
          <button
            type="button"
            onClick={() => say(null)}
            aria-label="Close this message"
            className="grid size-8 place-items-center rounded-box text-muted hover:bg-sunken"
          >
            <Icon name="close" className="size-4" />
          </button>
        </p>
      )}
    </div>
  )
}

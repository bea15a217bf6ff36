import { AlertDialog } from 'radix-ui'
import type { ReactElement, ReactNode } from 'react'
import { Button } from './button.tsx'

type ConfirmProps = {
  /** The button that asks for it. */
  trigger: ReactElement
  title: string
  /** What will happen and what it costs. */
  children: ReactNode
  /** The same words as the deed: "Replay this event". */
  confirm: string
  look?: 'primary' | 'danger'
  onConfirm: () => void
}

/** Says what will happen before it does. Escape and "Not now" leave everything as it is. */
export const Confirm = ({ trigger, title, children, confirm, look = 'primary', onConfirm }: ConfirmProps) => (
  <AlertDialog.Root>
    <AlertDialog.Trigger asChild>{trigger}</AlertDialog.Trigger>
    <AlertDialog.Portal>
      <AlertDialog.Overlay className="fixed inset-0 z-20 bg-shade" />
      <AlertDialog.Content className="fixed inset-x-4 top-1/2 z-30 mx-auto max-w-md -translate-y-1/2 rounded-box bg-surface p-6 shadow-float">
        <AlertDialog.Title className="text-title font-semibold">{title}</AlertDialog.Title>
        <AlertDialog.Description asChild>
          <div className="mt-2 text-body text-muted">{children}</div>
        </AlertDialog.Description>
        <div className="mt-6 flex flex-wrap justify-end gap-3">
          <AlertDialog.Cancel asChild>
            <Button>Not now</Button>
          </AlertDialog.Cancel>
          <AlertDialog.Action asChild>
            <Button look={look} onClick={onConfirm}>
              {confirm}
            </Button>
          </AlertDialog.Action>
        </div>
      </AlertDialog.Content>
    </AlertDialog.Portal>
  </AlertDialog.Root>
)

import { Link, type LinkProps } from '@tanstack/react-router'
import type { AnchorHTMLAttributes, ButtonHTMLAttributes, ReactNode } from 'react'

export type ButtonLook = 'primary' | 'secondary' | 'quiet' | 'danger'

const looks: Record<ButtonLook, string> = {
  primary:
    'bg-accent text-on-accent border-accent enabled:hover:bg-accent-hover enabled:hover:border-accent-hover',
  secondary: 'bg-surface text-ink border-line-control hover:bg-sunken',
  quiet: 'bg-transparent text-accent-ink border-transparent hover:bg-sunken',
  danger: 'bg-danger-surface text-danger border-danger hover:border-ink',
}

const shape =
  'inline-flex min-h-10 items-center justify-center gap-2 rounded-box border px-4 py-2 text-body font-medium ' +
  'transition-colors motion-reduce:transition-none disabled:cursor-not-allowed'

const classes = (look: ButtonLook, className = '') => `${shape} ${looks[look]} ${className}`

type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & {
  look?: ButtonLook
  /** Its work is under way: it keeps its size and focus, says so, and does nothing more. */
  busy?: boolean
}

/** Says what it does. At most one primary on a page. */
export const Button = ({
  look = 'secondary',
  busy = false,
  className,
  children,
  onClick,
  ...rest
}: ButtonProps) => (
  <button
    type="button"
    {...rest}
    aria-busy={busy}
    aria-disabled={busy || rest.disabled}
    onClick={busy ? undefined : onClick}
    className={classes(look, `${busy ? 'cursor-progress' : ''} ${className ?? ''}`)}
  >
    {busy && <Spinner />}
    {children}
  </button>
)

const Spinner = () => (
  <span
    aria-hidden="true"
    className="size-3.5 animate-spin rounded-full border-2 border-current border-r-transparent motion-reduce:animate-none"
  />
)

type LinkButtonProps = {
  to: NonNullable<LinkProps['to']>
  look?: ButtonLook
  className?: string
  children: ReactNode
}

/** A way to another of our pages that looks like a button. */
export const LinkButton = ({ to, look = 'secondary', className, children }: LinkButtonProps) => (
  <Link to={to} className={classes(look, className)}>
    {children}
  </Link>
)

type AnchorButtonProps = AnchorHTMLAttributes<HTMLAnchorElement> & { look?: ButtonLook }

/** A way to somewhere else: Stripe's pages, a file. */
export const AnchorButton = ({ look = 'secondary', className, children, ...rest }: AnchorButtonProps) => (
  <a {...rest} className={classes(look, className)}>
    {children}
  </a>
)

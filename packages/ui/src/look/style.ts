import type { Site } from '../request.ts'
import type { Theme } from '../settings.ts'
import { controls } from './style-controls.ts'
import { layout } from './style-layout.ts'

/** Our colours and measures, under the names that a theme may give its own. */
const light: Theme = {
  accent: '#3a4fc0',
  'on-accent': '#ffffff',
  background: '#f5f5f3',
  surface: '#ffffff',
  raised: '#fafaf9',
  text: '#1b1c1f',
  muted: '#5b5e66',
  line: '#e3e3df',
  edge: '#878a92',
  danger: '#b3261e',
  'danger-tint': '#fdecea',
  success: '#1a6b3c',
  'success-tint': '#e6f4ea',
  'accent-tint': '#eef0fb',
  shadow: '0 1px 2px rgba(20, 20, 30, 0.05), 0 8px 28px rgba(20, 20, 30, 0.06)',
  radius: '12px',
  font: 'system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
}
const dark: Theme = {
  accent: '#a3b3ff',
  'on-accent': '#0e1433',
  background: '#121316',
  surface: '#1b1c20',
  raised: '#202126',
  text: '#ededf0',
  muted: '#a5a8b1',
  line: '#2d2f35',
  edge: '#7a7d86',
  danger: '#ff9d94',
  'danger-tint': '#3a1e1c',
  success: '#8bd6a5',
  'success-tint': '#17301f',
  'accent-tint': '#23273d',
  shadow: '0 1px 2px rgba(0, 0, 0, 0.4)',
}

/** The stylesheet of a site. */
export function styleOf({ theme, darkTheme }: Pick<Site, 'theme' | 'darkTheme'>): string {
  const scheme = `:root{color-scheme:light dark;${variables({ ...light, ...theme })}}`
  const night = `@media (prefers-color-scheme:dark){:root{${variables({ ...dark, ...darkTheme })}}}`
  return scheme + night + layout + controls
}

function variables(theme: Theme): string {
  return Object.entries(theme)
    .map(([name, value]) => `--sp-${name}:${value};`)
    .join('')
}

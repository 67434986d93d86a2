/** The pages of `@sallyport/ui` as the service has them: its name and its colours. */
export const look = {
  service: 'Documents',
  home: '/',
  theme: {
    accent: '#2f5d50',
    'on-accent': '#fdfcf8',
    'accent-tint': '#eaf1ec',
    background: '#f6f4ef',
    surface: '#fffefb',
    raised: '#faf8f3',
    text: '#24221d',
    muted: '#67625a',
    line: '#e0dacd',
    edge: '#8b857a',
  },
  darkTheme: {
    accent: '#8cc5ad',
    'on-accent': '#10201a',
    'accent-tint': '#1f2c28',
    background: '#15171a',
    surface: '#1c1f23',
    raised: '#22262a',
    text: '#e9e6df',
    muted: '#a19d94',
    line: '#2f3339',
    edge: '#777b82',
  },
} as const

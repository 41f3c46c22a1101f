// Protecting an API, and calling others. What both need is the same in both.
export * from './jwt-auth.js';
export * from './token-client.js';

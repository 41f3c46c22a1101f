export { Html, html } from '../../common/html.js';

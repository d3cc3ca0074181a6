"""Schema migrations, run by `copydesk db upgrade`."""

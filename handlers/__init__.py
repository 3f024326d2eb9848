"""What Chạm says and does when somebody writes or presses a button."""

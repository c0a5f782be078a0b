import sys

import requests

# Input Parameters
api_url = sys.argv[1]
image_file_path = sys.argv[3]
token = sys.argv[2]
selected_model = "gpt-4o"  # Options: "gpt-4o", "gpt-4o-mini", "gemini-1.5-flash"
alt_prompt = ""
alt_text_length = 125
generate_description = False
generate_ocr = False
context = ""
regenerate = False

# Headers
headers = {"Authorization": f"Bearer {token}", "accept": "application/json"}

# Prepare the form data
form_data = {
    "selected_model": selected_model,
    "alt_prompt": alt_prompt,
    "alt_text_length": alt_text_length,
    "generate_description": str(generate_description).lower(),
    "generate_ocr": str(generate_ocr).lower(),
    "context": context,
    "regenerate": str(regenerate).lower(),
}

try:
    # Open the image file and prepare the request
    with open(image_file_path, "rb") as image_file:  # noqa: PTH123 (as printed)
        files = {"file": (image_file_path, image_file, "multipart/form-data")}

        # Make the POST request
        response = requests.post(api_url, headers=headers, data=form_data, files=files)

        # Check the response
        if response.status_code == 200:
            print("Request successful!")
            print(response.json())
        else:
            print(f"Request failed with status code {response.status_code}: {response.text}")

except Exception as e:
    print(f"An error occurred: {e}")
